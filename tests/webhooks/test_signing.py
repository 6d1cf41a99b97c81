"""The reference library of Standard Webhooks understands our signatures."""

import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from captions.webhooks.signing import headers, new_secret

BODY = '{"text":"Grüße"}'.encode()


def test_the_library_verifies_them() -> None:
    secret = new_secret()
    signed = headers("msg_1", int(time.time()), BODY, [secret])
    assert Webhook(secret).verify(BODY, signed) == {"text": "Grüße"}


def test_both_secrets_of_a_rotation_are_good() -> None:
    secrets = [new_secret(), new_secret()]
    signed = headers("msg_1", int(time.time()), BODY, secrets)
    for secret in secrets:
        Webhook(secret).verify(BODY, signed)


@pytest.mark.parametrize(
    "change", [{"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(time.time()) - 1)}, {}]
)
def test_nothing_else_is(change: dict[str, str]) -> None:
    secret = new_secret()
    signed = headers("msg_1", int(time.time()) + 5, BODY, [secret]) | change
    body = BODY if change else BODY + b" "
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, signed)


def test_a_secret_has_32_bytes_and_is_never_the_same() -> None:
    assert len({new_secret() for _ in range(10)}) == 10
    assert len(new_secret()) == len("whsec_") + 44
