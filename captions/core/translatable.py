"""Marks texts to be translated elsewhere, for what does without Django: media, engines, the processes of files."""


def gettext_noop(text: str) -> str:
    """As Django's: the text itself, which the catalogs of languages get to know by this name."""
    return text
