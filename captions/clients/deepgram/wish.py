"""What a client wishes, from the query of its request or its handshake."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from ...core.interface_language import translated
from ...core.languages import LANGUAGES
from ...core.vocabulary import MOST_WORDS
from ...dialects.deepgram.asking import Ask, ask
from ...dialects.field_error import FieldError
from ...protocol.feed_frames import Listen
from ...tokens.admission import Refusal
from ..languages import check_language
from ..vocabulary import entries


class TooManyTermsError(Refusal):
    """More words to expect than an utterance can be listened to with."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, and how to listen for it."""

    ask: Ask
    listen: Listen


def wish_of(query: str) -> Wish:
    """Raises Refusal, with the name of what is wrong."""
    try:
        asked = ask(parse_qsl(query, keep_blank_values=True), LANGUAGES)
    except FieldError as error:
        raise Refusal(400, "invalid", translated(error.text, error.values), param=error.param) from error
    check_language(asked.language)
    return Wish(asked, Listen(asked.language, asked.endpointing, vocabulary(asked.terms)))


def vocabulary(terms: Iterable[str]) -> tuple[str, ...]:
    """The words to expect, as the speech model takes them. Raises Refusal."""
    terms = tuple(terms)
    if len(terms) > MOST_WORDS:
        sentence = _("At most %(most)s words can be expected.") % {"most": MOST_WORDS}
        raise TooManyTermsError(400, "invalid_value", sentence, param="keyterm")
    return entries(terms, _("Keyterm %(number)s"), "keyterm")
