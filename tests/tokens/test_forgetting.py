from datetime import timedelta

from django.utils import timezone

from captions.models import ApiToken, User
from captions.tokens.forgetting import forget_old
from captions.tokens.issuing import issue, revoke
from captions.tokens.tasks import forget_old_tokens

NOW = timezone.now()
LONG_AGO = NOW - timedelta(days=90)


def test_what_has_not_worked_for_90_days_is_deleted(user: User) -> None:
    def make(name: str, **fields: object) -> ApiToken:
        return issue(user, name=name, scopes=["live"], now=NOW - timedelta(days=300), **fields)[0]  # type: ignore[arg-type]

    make("for ever")
    make("valid", expires_at=NOW + timedelta(days=1))
    make("expired", expires_at=LONG_AGO + timedelta(seconds=1))
    make("expired long ago", expires_at=LONG_AGO)
    revoke([make("revoked")], LONG_AGO + timedelta(seconds=1))
    revoke([make("revoked long ago")], LONG_AGO)
    assert forget_old(NOW) == 2
    assert set(user.api_tokens.values_list("name", flat=True)) == {"for ever", "valid", "expired", "revoked"}
    forget_old_tokens.apply(throw=True)
