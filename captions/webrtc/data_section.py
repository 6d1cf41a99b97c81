"""The data channels in an SDP offer (RFC 8841): one section beside the sound, over the same transport (BUNDLE)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_BYTES = 65_536
"""The longest message that is taken."""
_MEDIA = re.compile(r"m=application (?!0+ )\d{1,5} UDP/DTLS/SCTP webrtc-datachannel", re.ASCII)
_MID = re.compile(r"a=mid:(?P<mid>[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64})")
_PORT = re.compile(r"a=sctp-port:(?P<port>[1-9]\d{0,4})", re.ASCII)
_BYTES = re.compile(r"a=max-message-size:(?P<bytes>\d{1,10})", re.ASCII)
_BUNDLE = "a=group:BUNDLE "
# What both sections have in common, since they share a transport.
_TRANSPORT = ("a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:")
# What is assumed where nothing is said (RFC 8841, 6.1).
_USUAL_BYTES = 65_536
_ANSWERED_BYTES = re.compile(r"^a=max-message-size:\d+", re.ASCII | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DataSection:
    """What was offered. Nothing else of the section is passed on."""

    mid: str
    sound_mid: str
    port: int
    most_bytes: int
    """The longest message that the other side takes; 0 for any length."""
    is_first: bool
    """Whether it stands before the sound."""

    def in_offer(self, sdp: str) -> str:
        """The accepted offer of sound with this section, for aiortc."""
        lines = sdp.rstrip("\r\n").split("\r\n")
        sound = next(place for place, line in enumerate(lines) if line.startswith("m="))
        mids = [self.mid, self.sound_mid] if self.is_first else [self.sound_mid, self.mid]
        section = [
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            "c=IN IP4 0.0.0.0",
            *(line for line in lines if line.startswith(_TRANSPORT)),
            f"a=mid:{self.mid}",
            f"a=sctp-port:{self.port}",
            f"a=max-message-size:{self.most_bytes}",
        ]
        head = [line for line in lines[:sound] if not line.startswith("a=group:")]
        head.append(f"{_BUNDLE}{' '.join(mids)}")
        sections = [*section, *lines[sound:]] if self.is_first else [*lines[sound:], *section]
        return "\r\n".join([*head, *sections]) + "\r\n"

    def in_answer(self, sdp: str) -> str:
        """aiortc's answer with the length of a message that is really taken."""
        return _ANSWERED_BYTES.sub(f"a=max-message-size:{MOST_BYTES}", sdp)


def read(
    head: Sequence[str], sound: Sequence[str], section: Sequence[str], *, is_first: bool
) -> DataSection | None:
    """What a section offers beside the one with the sound; None where it is not data channels in the same bundle.

    `head` are the lines before the first section.
    """
    mid, port, own = _only(_MID, section), _only(_PORT, section), _only(_MID, sound)
    if _MEDIA.fullmatch(section[0]) is None or mid is None or port is None or own is None:
        return None
    sizes = [line for line in section if line.startswith("a=max-message-size:")]
    size = _only(_BYTES, section)
    if (sizes and size is None) or int(port["port"]) > 65_535 or mid["mid"] == own["mid"]:
        return None
    bundled = [line.removeprefix(_BUNDLE).split()[:65] for line in head if line.startswith(_BUNDLE)]
    if len(bundled) != 1 or not {mid["mid"], own["mid"]} <= set(bundled[0]):
        return None
    most_bytes = int(size["bytes"]) if size else _USUAL_BYTES
    return DataSection(mid["mid"], own["mid"], int(port["port"]), most_bytes, is_first)


def _only(pattern: re.Pattern[str], lines: Sequence[str]) -> re.Match[str] | None:
    """The match of the one line that begins as the pattern says; None if there is none, or more."""
    name = pattern.pattern.partition(":")[0] + ":"
    found = [line for line in lines if line.startswith(name)]
    return pattern.fullmatch(found[0]) if len(found) == 1 else None
