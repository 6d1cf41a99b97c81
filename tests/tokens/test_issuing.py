from datetime import timedelta

import pytest
from django.utils import timezone

from captions.core import token_text
from captions.models import MOST_TOKENS, ApiToken, Scope, User
from captions.tokens.issuing import TooManyTokensError, issue, revoke
from captions.tokens.signals import tokens_revoked

NOW = timezone.now()


def test_only_the_digest_is_stored(user: User) -> None:
    token, text = issue(user, name="OBS", scopes=["write", "live", "live"], now=NOW)
    stored = ApiToken.objects.get()
    assert bytes(stored.digest) == token_text.digest(text)
    assert text.startswith(stored.shown)
    assert len(stored.shown) == 8
    assert text not in repr(ApiToken.objects.values().get())
    assert stored.scopes == ["live", "write"]
    assert stored.allows(Scope.LIVE)
    assert not stored.allows(Scope.READ)
    assert token == stored


def test_an_account_has_a_number_of_tokens(user: User) -> None:
    made = [issue(user, name=str(n), scopes=["read"], now=NOW)[0] for n in range(MOST_TOKENS)]
    with pytest.raises(TooManyTokensError, match="20 tokens"):
        issue(user, name="one more", scopes=["read"], now=NOW)
    # What does not work any longer counts no more.
    revoke(made[:1], NOW)
    ApiToken.objects.filter(pk=made[1].pk).update(expires_at=NOW)
    for name in "ab":
        issue(user, name=name, scopes=["read"], now=NOW)
    with pytest.raises(TooManyTokensError):
        issue(user, name="c", scopes=["read"], now=NOW)


def test_revoking_is_for_good(user: User) -> None:
    token, _ = issue(user, name="OBS", scopes=["live"], now=NOW)
    assert revoke([token], NOW) == 1
    assert revoke([token], NOW + timedelta(days=1)) == 0
    token.refresh_from_db()
    assert token.revoked_at == NOW


def test_others_are_told_of_revoked_tokens(user: User, django_capture_on_commit_callbacks) -> None:
    told: list[dict[str, list[int]]] = []

    def hear(sender: object, tokens: list[int], users: list[int], **kwargs: object) -> None:
        told.append({"tokens": tokens, "users": users})

    tokens_revoked.connect(hear)
    made = [issue(user, name=name, scopes=["live"], now=NOW)[0] for name in "ab"]
    with django_capture_on_commit_callbacks(execute=True):
        revoke(made, NOW)
    tokens_revoked.disconnect(hear)
    assert told == [{"tokens": [token.pk for token in made], "users": [user.pk]}]
