"""Keeps the sound of an SDP offer, and refuses its other sections in the answer (RFC 9429, 5.3.1).

Programs that stream offer video beside the sound. A refused section has the port 0 in the answer, where it must stand
at its place; whoever offered it then sends nothing for it.
"""

import re
from dataclasses import dataclass

from . import data_section
from .data_section import DataSection
from .offer import OfferError

_MOST = 8
_MEDIA = re.compile(
    r"m=(?P<kind>[a-z]{1,20}) \d{1,5}(?:/\d{1,5})? (?P<rest>[A-Za-z0-9/]{1,40}(?: [\w./-]{1,60}){1,64})",
    re.ASCII,
)
_MID = re.compile(r"a=mid:(?P<mid>[\x21-\x7e]{1,64})")
_GROUP = "a=group:"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """An offer without the sections that are refused."""

    sdp: str
    refused: tuple[tuple[int, str], ...] = ()
    """Where each refused section stood in the offer, and what the answer says in its place."""
    data: DataSection | None = None
    """The data channels, which are in the answer too; they are not in `sdp`."""

    def in_answer(self, answer: str) -> str:
        """The answer to the sections that were taken, with the refused ones at their places."""
        if not self.refused:
            return answer
        head, *sections = _divided(_lines(answer))
        texts = [_text(section) for section in sections]
        for place, text in self.refused:
            texts.insert(place, text)
        return _text(head) + "".join(texts)


def offers_video(sdp: str) -> bool:
    """Whether an offer has video, which is not taken."""
    return any(line.startswith("m=video ") for line in _lines(sdp))


def narrow(sdp: str, *, with_data: bool = False) -> Narrowed:
    """The offer with its sound alone. Raises OfferError; its code is several_sounds for more than one.

    With `with_data` its first data channels are taken too, if they share the transport of the sound. An offer without
    sound, or that is no SDP text, is returned as it is: `offer.accept` says what is wrong with it.
    """
    head, *sections = _divided(_lines(sdp))
    sound = _sound([section[0] for section in sections])
    if sound is None or len(sections) == 1:
        return Narrowed(sdp)
    data_at, data = _data(head, sections, sound) if with_data else (None, None)
    others = [(place, section) for place, section in enumerate(sections) if place != sound]
    gone = {mid for _, section in others if (mid := _mid(section))}
    refused = tuple((place, _refusal(section)) for place, section in others if place != data_at)
    return Narrowed(_text([*_without(head, gone), *sections[sound]]), refused, data)


def _sound(media: list[str]) -> int | None:
    """The place of the section with the sound; None if there is none."""
    if len(media) > _MOST:
        raise OfferError("offer_refused", f"An offer may have {_MOST} sections at most.")
    sounds = [place for place, line in enumerate(media) if line.startswith("m=audio ")]
    if len(sounds) > 1:
        raise OfferError("several_sounds", "The offer has more than one audio section. Send one.")
    return sounds[0] if sounds else None


def _data(head: list[str], sections: list[list[str]], sound: int) -> tuple[int | None, DataSection | None]:
    """The place of the first section with data channels that can be taken, and what it offers."""
    for place, section in enumerate(sections):
        found = data_section.read(head, sections[sound], section, is_first=place < sound)
        if found is not None:
            return place, found
    return None, None


def _refusal(section: list[str]) -> str:
    media = _MEDIA.fullmatch(section[0])
    if media is None:
        raise OfferError("malformed", "The offer is not an SDP text.")
    mid = _mid(section)
    lines = [f"m={media['kind']} 0 {media['rest']}", "c=IN IP4 0.0.0.0", "a=inactive"]
    return _text([*lines, f"a=mid:{mid}"] if mid else lines)


def _mid(section: list[str]) -> str:
    return next((match["mid"] for line in section if (match := _MID.fullmatch(line))), "")


def _without(head: list[str], gone: set[str]) -> list[str]:
    """The lines before the first section, in whose groups (RFC 5888) the sections that are gone are not named."""
    kept = []
    for line in head:
        if line.startswith(_GROUP):
            semantics, *mids = line.removeprefix(_GROUP).split()[:65] or [""]
            left = [mid for mid in mids if mid not in gone]
            if not left:
                continue
            line = f"{_GROUP}{' '.join([semantics, *left])}"
        kept.append(line)
    return kept


def _lines(sdp: str) -> list[str]:
    return sdp.replace("\r\n", "\n").rstrip("\n").split("\n")


def _divided(lines: list[str]) -> list[list[str]]:
    """The lines before the first section, then those of each section."""
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return parts


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
