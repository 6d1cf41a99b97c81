"""A real WebRTC client that speaks files into a running server and measures what comes back."""
