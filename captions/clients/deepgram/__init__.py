"""Clients of Deepgram's API: `/v1/listen`, live and for files. See docs/deepgram.md."""
