"""What an audio worker tells the pages of its sessions, in English: each page hears it in its own language."""

from django.utils.translation import gettext_noop

LOST = gettext_noop("No audio is reaching the server. What you say now is not being recorded.")
UNREACHED = gettext_noop(
    "No audio can reach the server over this network. Ask whoever runs the server about a TURN server."
)
NO_SOUND = gettext_noop(
    "The recording cannot be saved at the moment. Your words are still transcribed and saved."
)
MOVED = gettext_noop("The server is restarting. Your dictation continues in a moment.")
WAITING = gettext_noop(
    "The last words are kept on the server and will be saved as soon as it reaches its database."
)
FAILED = gettext_noop("The server could not do this. Nothing that was saved is lost.")
NO_ROOM = gettext_noop(
    "This server has no room for more sound at the moment. Only your microphone is recorded. Try again later."
)
SHARES = gettext_noop(
    "This dictation records a tab or the computer too. Stop sharing that, then add the second device."
)
TWO_DEVICES = gettext_noop(
    "A second device is heard in this dictation. Take it out, then share a tab or the computer."
)
TOO_MUCH = gettext_noop(
    "The connection was ended because more than sound arrived, more than 8 Mbit a second. Send the sound alone."
)
HEARD = gettext_noop("This dictation is being spoken into by another connection.")
REPLACED = gettext_noop("The connection was replaced by another one.")
NOT_CLEANED = gettext_noop(
    "This server cannot reduce noise at the moment. Your words are transcribed without noise reduction."
)
# The error to send when a peer is gone, by its reason.
GONE = {
    "ice_timeout": ("ice_timeout", UNREACHED),
    "connect_failed": ("ice_timeout", UNREACHED),
    "too_much": ("too_much", TOO_MUCH),
}
