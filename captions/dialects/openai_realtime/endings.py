"""Why the worker itself ends a session that has no socket, as its client is told."""

from .writer import Event, Writer

_WHY = {
    "limit": ("session_expired", "This session is as long as one can be. Call again."),
    "silence": ("session_expired", "Nobody has spoken for a long time. Call again."),
    "server": ("server_error", "The server is restarting. Call again."),
    "token_ended": ("invalid_api_key", "The API token of this call may not be used any longer."),
    "deleted": ("session_deleted", "This session was ended from elsewhere."),
    "trashed": ("session_deleted", "This session was ended from elsewhere."),
    "too_fast": ("rate_limit_exceeded", "Too many messages."),
}


def ending(reason: str) -> list[Event]:
    """The last event, by the reason of `media` ended, or too_fast; none where the client ended it itself."""
    if reason not in _WHY:
        return []
    writer = Writer()
    code, sentence = _WHY[reason]
    writer.error(code, sentence, kind="server_error" if code == "server_error" else "invalid_request_error")
    return writer.take()
