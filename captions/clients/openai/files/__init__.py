"""`POST /v1/audio/transcriptions` and `/translations`: a file in, its text out."""
