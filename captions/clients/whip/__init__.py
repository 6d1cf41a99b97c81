"""WHIP (RFC 9725), with which programs such as OBS and FFmpeg send sound, under /whip."""
