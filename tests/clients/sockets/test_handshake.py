import pytest

from captions.clients.sockets.handshake import answered, request_of, token_among


@pytest.mark.parametrize(
    ("offered", "answer", "token"),
    [
        ([], None, ""),
        (["realtime"], "realtime", ""),
        (["realtime", "openai-insecure-api-key.wsp_1", "openai-project.p"], "realtime", "wsp_1"),
        (["openai-insecure-api-key.wsp_1", "realtime"], "realtime", "wsp_1"),
        (["token", "wsp_1"], "token", "wsp_1"),
        (["bearer", "wsp_1"], "bearer", "wsp_1"),
        # Nothing that could be a key is ever answered.
        (["token"], None, ""),
        (["wsp_1"], None, ""),
        (["wsp_1", "token"], None, ""),
        (["openai-insecure-api-key.wsp_1"], None, ""),
    ],
)
def test_subprotocols_that_bring_a_token(offered: list[str], answer: str | None, token: str) -> None:
    assert (answered(offered), token_among(offered)) == (answer, token)


def test_a_handshake_as_a_request() -> None:
    headers = [(b"cookie", b"sessionid=1"), (b"api-key", b"wsp_1"), (b"x-forwarded-proto", b"wss")]
    scope = {
        "type": "websocket",
        "path": "/v1/listen",
        "query_string": b"model=nova",
        "headers": headers,
        "client": ["192.0.2.1", 4711],
    }
    request = request_of(scope)
    assert (request.headers["Api-Key"], request.GET["model"]) == ("wsp_1", "nova")
    assert (request.scheme, request.META["REMOTE_ADDR"]) == ("http", "192.0.2.1")
    assert not request.COOKIES
    # As Traefik says it.
    assert request.headers["X-Forwarded-Proto"] == "https"
    assert request_of({**scope, "scheme": "wss"}).scheme == "https"
