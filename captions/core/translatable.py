"""Marks texts for translation in modules that must not import Django."""


def gettext_noop(text: str) -> str:
    """Returns the text unchanged, like Django's function of this name: makemessages finds marked texts by the name."""
    return text
