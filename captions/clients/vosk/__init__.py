"""Clients of the Vosk server, at /vosk/."""
