import pytest

from captions.models import OutputKind
from captions.outputs.addresses import AddressError, read

YOUTUBE = "https://upload.youtube.com/closedcaption?cid=ab-12"
ZOOM = "https://wmcc.zoom.us/closedcaption?id=1&ns=QQ%3D&expire=86400&sparams=id%2Cns&signature=a.B-c"


@pytest.mark.parametrize(
    ("pasted", "kind", "url"),
    [
        (YOUTUBE, OutputKind.YOUTUBE, YOUTUBE),
        (f"  {YOUTUBE}\n", OutputKind.YOUTUBE, YOUTUBE),
        ("http://upload.youtube.com/closedcaption?cid=ab-12", OutputKind.YOUTUBE, YOUTUBE),
        ("http://upload.youtube.com:80/closedcaption?cid=ab-12", OutputKind.YOUTUBE, YOUTUBE),
        ("https://Upload.YouTube.com:443/closedcaption?cid=ab-12#x", OutputKind.YOUTUBE, YOUTUBE),
        (f"{YOUTUBE}&seq=17", OutputKind.YOUTUBE, YOUTUBE),
        ("https://upload.youtube.com/closedcaption?seq=1&cid=ab-12", OutputKind.YOUTUBE, YOUTUBE),
        ("https://upload.youtube.com./closedcaption?cid=ab-12", OutputKind.YOUTUBE, YOUTUBE),
        (ZOOM, OutputKind.ZOOM, ZOOM),
        (f"{ZOOM}&xseq=1", OutputKind.ZOOM, f"{ZOOM}&xseq=1"),
        ("https://zoom.us/closedcaption?id=1", OutputKind.ZOOM, "https://zoom.us/closedcaption?id=1"),
    ],
)
def test_an_address_of_a_service(pasted: str, kind: OutputKind, url: str) -> None:
    address = read(pasted, [])
    assert (address.kind, address.url) == (kind, url)
    assert address.host in url
    assert "cid" not in repr(address)
    assert "signature" not in repr(address)


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "upload.youtube.com/closedcaption?cid=1",
        "https://upload.youtube.com/",
        "https://wmcc.zoom.us?id=1",
        "ftp://upload.youtube.com/closedcaption",
        "file:///etc/passwd",
        "https://youtube.com.evil.example/closedcaption",
        "https://evil-youtube.com/closedcaption",
        "https://evilzoom.us/closedcaption",
        "https://example.org/zoom.us",
        "https://example.org#.zoom.us",
        "https://example.org?.zoom.us",
        "https://example.org\\.zoom.us/",
        "https://user:password@upload.youtube.com/closedcaption",
        "https://youtube.com@127.0.0.1/",
        "https://127.0.0.1/closedcaption",
        "https://[::1]/closedcaption",
        "https://2130706433/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://upload.youtube.com:6379/closedcaption",
        "https://upload.youtube.com:x/closedcaption",
        "https://upload.youtube.com/closed caption",
        "https://upload.youtube.com/closed\r\nHost: x",
        "https://уoutube.com/closedcaption",
        "https://[upload.youtube.com/",
        f"https://upload.youtube.com/{'a' * 2_000}",
    ],
)
def test_nothing_else_is_an_address(pasted: str) -> None:
    with pytest.raises(AddressError) as refused:
        read(pasted, ["captions.example.org"])
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("pasted", "kind"),
    [
        ("http://captions.example.org:8080/closedcaption?cid=1", OutputKind.YOUTUBE),
        ("https://captions.example.org/zoom/closedcaption?id=1", OutputKind.ZOOM),
    ],
)
def test_an_address_of_a_host_that_the_operator_allows_stays_as_it_is(pasted: str, kind: OutputKind) -> None:
    address = read(pasted, ["captions.example.org"])
    assert (address.kind, address.url, address.host) == (kind, pasted, "captions.example.org")
    with pytest.raises(AddressError):
        read(pasted.replace("captions.", "other."), ["captions.example.org"])
