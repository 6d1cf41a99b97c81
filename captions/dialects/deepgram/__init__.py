"""Deepgram's `/v1/listen`: what its clients ask for, and how they are told what was heard. See docs/deepgram.md."""
