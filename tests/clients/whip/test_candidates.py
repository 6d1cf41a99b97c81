import pytest

from captions.clients.whip.candidates import candidates_in
from captions.tokens.admission import Refusal

FRAGMENT = """a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
m=audio 9 UDP/TLS/RTP/SAVPF 0
a=mid:0
a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2
a=end-of-candidates
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_candidates_of_a_fragment(end: str) -> None:
    first, second = candidates_in(FRAGMENT.replace("\n", end))
    assert first.startswith("candidate:1387637174 1 udp")
    assert second.endswith("network-id 2")


def test_a_fragment_may_have_none() -> None:
    assert candidates_in("a=ice-ufrag:EsAw\na=end-of-candidates") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "malformed"),
        ("{}", "malformed"),
        ("a=candidate:1\n" * 21, "too_many_candidates"),
        ("a=candidate:" + "1" * 600, "too_large"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        candidates_in(text)
    assert (caught.value.status, caught.value.code) == (400, code)
