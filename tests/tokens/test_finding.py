from datetime import timedelta

import pytest
from django.utils import timezone

from captions.core import token_text
from captions.models import ApiToken, User
from captions.tokens.finding import TokenError, find, found_again, note_use
from captions.tokens.issuing import issue, revoke

NOW = timezone.now()
# Right in itself, and of nobody.
UNKNOWN = "wsp_" + "a" * 36 + token_text._check("a" * 36)


def test_a_token_is_found_with_its_account(user: User) -> None:
    token, text = issue(user, name="OBS", scopes=["live"], now=NOW)
    assert find(text, NOW) == token
    assert find(text, NOW).user == user


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "Send an API token"), ("wsp_abc", "not a whole API token"), (UNKNOWN, "No account")],
)
def test_what_is_no_token_gets_a_sentence(db: None, text: str, sentence: str) -> None:
    with pytest.raises(TokenError, match=sentence):
        find(text, NOW)


def test_what_works_no_longer_says_why(user: User) -> None:
    token, text = issue(user, name="OBS", scopes=["live"], now=NOW, expires_at=NOW + timedelta(days=1))
    assert find(text, NOW + timedelta(hours=23))
    with pytest.raises(TokenError, match="expired"):
        find(text, NOW + timedelta(days=1))
    user.is_active = False
    user.save()
    with pytest.raises(TokenError, match="deactivated"):
        find(text, NOW)
    revoke([token], NOW)
    with pytest.raises(TokenError, match="revoked"):
        find(text, NOW)


def test_its_use_is_noted_once_a_minute(user: User, django_assert_num_queries) -> None:
    token, _text = issue(user, name="OBS", scopes=["live"], now=NOW)
    note_use(token, "192.0.2.1", NOW)
    token = ApiToken.objects.get()
    assert (token.last_used_at, token.last_used_from) == (NOW, "192.0.2.1")
    with django_assert_num_queries(0):
        note_use(token, "192.0.2.2", NOW + timedelta(seconds=59))
    note_use(token, None, NOW + timedelta(seconds=61))
    token = ApiToken.objects.get()
    assert (token.last_used_at, token.last_used_from) == (NOW + timedelta(seconds=61), None)


def test_a_token_that_was_found_is_looked_at_again(user: User) -> None:
    token, _text = issue(user, name="OBS", scopes=["live"], now=NOW, expires_at=NOW + timedelta(days=1))
    assert found_again(token, NOW) == token
    with pytest.raises(TokenError, match="expired"):
        found_again(token, NOW + timedelta(days=1))
    revoke([token], NOW)
    with pytest.raises(TokenError, match="revoked"):
        found_again(token, NOW)
    ApiToken.objects.all().delete()
    with pytest.raises(TokenError, match="No account"):
        found_again(token, NOW)
