import pytest

from captions.webhooks.addresses import AddressError, read


@pytest.mark.parametrize(
    ("text", "url", "host"),
    [
        (" https://a.example/x?k=1#part ", "https://a.example/x?k=1", "a.example"),
        ("https://a.example:8443", "https://a.example:8443/", "a.example"),
        ("https://8.8.8.8/", "https://8.8.8.8/", "8.8.8.8"),
    ],
)
def test_addresses_of_the_internet(text: str, url: str, host: str) -> None:
    found = read(text, private=False)
    assert (found.url, found.host) == (url, host)
    assert url not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "http://a.example/",
        "ftp://a.example/",
        "https://",
        "https:///x",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a.example/ x",
        "https://a.example/\n",
        "https://a.example/é",
        "https://a.example\\@b.example/",
        "https://user:word@a.example/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://" + "a" * 254 + "/",
        "https://a.example/" + "a" * 2_000,
    ],
)
def test_others_get_a_sentence(text: str) -> None:
    if text.endswith("\n"):
        # What stands around an address does no harm.
        read(text, private=False)
        return
    with pytest.raises(AddressError, match=r"\.$"):
        read(text, private=False)


def test_private_ones_where_the_operator_allows_them() -> None:
    assert read("http://10.0.0.1:8123/api/webhook/x", private=True).host == "10.0.0.1"
    for text in ("ftp://10.0.0.1/", "http://user@10.0.0.1/"):
        with pytest.raises(AddressError):
            read(text, private=True)
