"""What the sources of a dictation are called where there are two: the microphone, and the sound that is shared."""

from django.utils.translation import pgettext


def source_names() -> tuple[str, str]:
    """The names of the microphone and of the shared sound, in the interface's language."""
    return pgettext("source of sound", "Microphone"), pgettext("source of sound", "Shared sound")


def source_name(shared: bool) -> str:
    """The name of one of them."""
    return source_names()[shared]
