"""Checks an SDP offer before aiortc parses it, and reduces it to one Opus microphone."""

import re

from aiortc.sdp import SessionDescription

from ..core.errors import ProtocolError
from .candidates import Accepted, CandidateError, CandidateGate

MAX_BYTES = 16_384
_MAX_LINES = 400
_MEDIA = re.compile(r"m=audio (?P<port>\d{1,5}) UDP/TLS/RTP/SAVPF(?P<formats>(?: \d{1,3}){1,64})", re.ASCII)
_OPUS = re.compile(r"a=rtpmap:(?P<format>\d{1,3}) opus/48000/2", re.ASCII | re.IGNORECASE)
_FORMAT_LINE = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(?P<format>\d{1,3}) .*", re.ASCII)
_UFRAG = re.compile(r"a=ice-ufrag:[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"a=ice-pwd:[A-Za-z0-9+/]{22,256}")
_SETUP = re.compile(r"a=setup:(?:actpass|active|passive)")
_FINGERPRINT = re.compile(r"a=fingerprint:sha-(?:256|384|512) [0-9A-F:]{95,191}", re.IGNORECASE)
_ANSWERED_OPUS = re.compile(r"^a=rtpmap:(\d{1,3}) opus/48000/2\r?\n", re.ASCII | re.IGNORECASE | re.MULTILINE)
# With end-of-candidates, ICE would fail at once where the browser has yet to send its first check.
_DROPPED = ("a=end-of-candidates", "a=ice-lite", "a=extmap-allow-mixed")


class OfferError(ProtocolError):
    """An offer that is refused. `message` is a sentence for the user.

    `code` is malformed, too_large, offer_refused or several_sounds; no_network when the server itself has no network
    address.
    """


def accept(sdp: str, gate: CandidateGate, *, max_bytes: int = MAX_BYTES) -> str:
    """Returns the offer with Opus as its only format and the candidates that `gate` accepts. Raises OfferError.

    It must have one section: see `sections.narrow`.
    """
    bound(sdp, max_bytes)
    lines = sdp.replace("\r\n", "\n").rstrip("\n").split("\n")
    # Sections are counted before parsing, so that an offer with many of them costs little.
    sections = [line for line in lines if line.startswith("m=")]
    if len(sections) != 1 or not sections[0].startswith("m=audio "):
        raise OfferError("offer_refused", "The offer must have an audio section.")
    if lines[0] != "v=0" or len(lines) > _MAX_LINES or not all(map(str.isprintable, lines)):
        raise OfferError("malformed", "The offer is not an SDP text.")
    media = _MEDIA.fullmatch(sections[0])
    if media is None or media["port"] == "0":
        raise OfferError("offer_refused", "The audio section of the offer must be live and use DTLS-SRTP.")
    _require_secure_sender(lines)

    opus = {match["format"] for line in lines if (match := _OPUS.fullmatch(line))}
    formats = [number for number in media["formats"].split() if number in opus][:1]
    if not formats:
        raise OfferError("offer_refused", "The offer must contain the Opus codec.")
    kept = _narrow(lines, formats[0], gate)
    _require_parsable(kept)
    return kept


def bound(sdp: str, max_bytes: int) -> None:
    """Raises OfferError for an offer that is too long."""
    if len(sdp) > max_bytes or len(sdp.encode("utf-8", "replace")) > max_bytes:
        raise OfferError("too_large", f"An offer may have {max_bytes} bytes at most.")


def stereo(answer: str) -> str:
    """The answer with the wish for two channels, which browsers heed only if they are told (RFC 7587)."""
    return _ANSWERED_OPUS.sub(lambda line: f"{line[0]}a=fmtp:{line[1]} stereo=1\r\n", answer)


def _require_secure_sender(lines: list[str]) -> None:
    if not any(map(_FINGERPRINT.fullmatch, lines)):
        raise OfferError("offer_refused", "The offer has no DTLS fingerprint.")
    if not _every(lines, "a=setup:", _SETUP):
        raise OfferError("offer_refused", "The offer names no DTLS role that can be answered.")
    if not (_every(lines, "a=ice-ufrag:", _UFRAG) and _every(lines, "a=ice-pwd:", _PASSWORD)):
        raise OfferError("offer_refused", "The offer has no ICE credentials.")
    if "a=rtcp-mux" not in lines:
        raise OfferError("offer_refused", "The offer must use RTCP multiplexing.")
    if "a=recvonly" in lines or "a=inactive" in lines:
        raise OfferError("offer_refused", "The offer sends no sound.")


def _every(lines: list[str], prefix: str, pattern: re.Pattern[str]) -> bool:
    """Whether there is such a line and all such lines match, since aiortc uses the last one."""
    found = [line for line in lines if line.startswith(prefix)]
    return bool(found) and all(map(pattern.fullmatch, found))


def _narrow(lines: list[str], number: str, gate: CandidateGate) -> str:
    kept = []
    for line in lines:
        described = _FORMAT_LINE.fullmatch(line)
        if described and described["format"] != number:
            continue
        if line.startswith(_DROPPED) or (line.startswith("a=candidate:") and not _accepted(line, gate)):
            continue
        if line.startswith("m="):
            line = f"m=audio 9 UDP/TLS/RTP/SAVPF {number}"
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"


def _accepted(line: str, gate: CandidateGate) -> bool:
    try:
        return isinstance(gate.check(line), Accepted)
    except CandidateError:
        return False


def _require_parsable(sdp: str) -> None:
    try:
        parsed = SessionDescription.parse(sdp)
    except Exception as error:  # aiortc's parser raises assertion, index, key and value errors
        raise OfferError("malformed", "The offer is not an SDP text.") from error
    media = parsed.media[0]
    if media.dtls is None or len(media.rtp.codecs) != 1 or not media.rtp.muxId:
        raise OfferError("malformed", "The audio section of the offer is not complete.")
