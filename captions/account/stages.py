"""A step of the login with allauth."""

from typing import Any

from allauth.account.stages import EmailVerificationStage


class ConfirmationStage(EmailVerificationStage):
    """Waits until an address is confirmed. An account without one, made by an administrator, has none to confirm."""

    def handle(self) -> Any:
        user = self.login.user
        if user is not None and not self.login.signup and not user.email:
            return None, True
        return super().handle()
