"""Clients of OpenAI's audio API, under /v1."""
