"""What a client wishes, from the query of its request or its handshake."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from ...core.interface_language import translated
from ...core.languages import LANGUAGES, language_name
from ...core.vocabulary import MOST_WORDS, EntryError, vocabulary_entry
from ...dialects.deepgram.asking import Ask, AskError, ask
from ...protocol.feed_frames import Listen
from ...tokens.admission import Refusal
from ...web.choices import only_language


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
    except AskError as error:
        raise Refusal(400, "invalid", translated(error.text, error.values), param=error.param) from error
    only = only_language()
    if only and asked.language not in ("", only):
        sentence = _("The speech model of this server understands only one language: %(language)s.")
        raise Refusal(400, "invalid", sentence % {"language": language_name(only)}, param="language")
    return Wish(asked, Listen(asked.language, asked.endpointing, vocabulary(asked.terms)))


def vocabulary(terms: Iterable[str]) -> tuple[str, ...]:
    """The words to expect, as the speech model takes them. Raises Refusal."""
    words = []
    for number, term in enumerate(terms, 1):
        if number > MOST_WORDS:
            sentence = _("At most %(most)s words can be expected.") % {"most": MOST_WORDS}
            raise TooManyTermsError(400, "invalid", sentence, param="keyterm")
        try:
            words.append(vocabulary_entry(term))
        except EntryError as error:
            sentence = error.of(_("Keyterm %(number)s") % {"number": number})
            raise Refusal(400, "invalid", sentence, param="keyterm") from error
    return tuple(words)
