"""OpenAI's Realtime API over a WebSocket, and the short-lived keys with which browsers use it."""
