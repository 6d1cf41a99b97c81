"""WebRTC: a peer receives a browser's Opus packets and delivers them as 16 kHz mono sound."""
