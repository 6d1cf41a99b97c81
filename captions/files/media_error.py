class MediaError(Exception):
    """A file that has no sound to give; the message is a sentence for a person."""
