"""The live test: a WebRTC client that sends sound files to a running server and measures the text that comes back."""
