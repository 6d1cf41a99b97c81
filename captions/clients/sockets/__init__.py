"""WebSockets that a token opens: what those of all dialects have in common."""
