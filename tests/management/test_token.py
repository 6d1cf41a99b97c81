from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from captions.models import ApiToken, Scope, User
from captions.tokens.finding import find


def made(*options: str) -> str:
    printed = StringIO()
    call_command("token", *options, stdout=printed)
    return printed.getvalue()


def test_it_prints_a_token_and_nothing_else(user: User) -> None:
    printed = made(
        "--username", "maren", "--scope", "live", "--scope", "read", "--days", "0", "--keep-history"
    )
    token = find(printed.strip(), timezone.now())
    assert printed == f"{printed.strip()}\n"
    assert (token.user, token.scopes, token.expires_at) == (user, [Scope.LIVE, Scope.READ], None)
    assert token.keep_history


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--username", "nobody", "--scope", "live"), "no active account with the username nobody"),
        (("--username", "maren", "--scope", "live", "--days", "-1"), "--days must be"),
        (("--username", "maren", "--scope", "live", "--name", " "), "--name must have"),
        (("--username", "maren", "--scope", "admin"), "invalid choice"),
        (("--username", "maren"), "--scope"),
    ],
)
def test_what_is_wrong_gets_a_sentence(user: User, options: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        made(*options)
    assert not ApiToken.objects.exists()
