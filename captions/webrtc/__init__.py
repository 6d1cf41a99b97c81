"""The media side of one browser: a WebRTC peer that turns Opus packets into 16 kHz mono sound."""
