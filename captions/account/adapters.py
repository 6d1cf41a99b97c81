"""Adapters of allauth: who may open an account, and its messages in the words of this interface."""

from contextlib import suppress
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.account.utils import filter_users_by_email, filter_users_by_username
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

log = structlog.get_logger(__name__)

_NOT_SENT = _(
    "No email was sent: the mail server cannot be reached, or refused it. Check the address, or try again in a few "
    "minutes. "
    "An account that you have just created is there."
)
_CONFIRMATION = "allauth.account.stages.EmailVerificationStage"
# The labels of allauth's methods of reauthentication, by their ids.
_PROOFS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use a security key"),
}


class AccountAdapter(DefaultAccountAdapter):
    # In the same words as the rest of the interface.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is deactivated."),
        "cannot_remove_primary_email": _(
            "This is your main address. Make another one the main address first."
        ),
        "duplicate_email": _("Your account has this address already."),
        "email_password_mismatch": _("That email and password do not match."),
        "email_taken": _("Someone already uses this email address."),
        "enter_current_password": _("That is not your current password."),
        "incorrect_code": _("That code is wrong or has expired."),
        "incorrect_password": _("That is not your password."),
        "invalid_or_expired_key": _("This link has already been used or has expired."),
        "invalid_login": _("That email and password do not match."),
        "invalid_password_reset": _("This link has already been used or has expired."),
        "max_email_addresses": _("An account can have at most %d addresses. Remove one first."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
        "same_as_current": _("That is what it is already."),
        "select_only_one": _("Choose only one."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then log in again."),
        "unknown_email": _("No account has this address."),
        "unverified_primary_email": _("Confirm your main address first."),
        "username_blacklisted": _("This username cannot be used. Choose another one."),
        "username_taken": _("Someone already uses this username."),
        "username_password_mismatch": _("That username and password do not match."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError as error:
            # Another request with the same name or address was quicker, as with a second click. Now the form sees it.
            match = request.resolver_match
            if match is None or hasattr(request, "_was_late"):
                raise
            request._was_late = True  # type: ignore[attr-defined]
            raise ImmediateHttpResponse(match.func(request, *match.args, **match.kwargs)) from error

    def get_login_stages(self) -> list[str]:
        ours = {_CONFIRMATION: "captions.account.stages.ConfirmationStage"}
        return [ours.get(each, each) for each in super().get_login_stages()]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # Otherwise each name and address of an account could be tried as often as one of them may be.
        login = str(credentials.get("email") or credentials.get("username") or "")
        users = filter_users_by_username(login) or filter_users_by_email(login, prefer_verified=True)
        return f"account {users[0].pk}" if users else login.lower()

    @property
    def confirms_addresses(self) -> bool:
        """Whether new addresses get a link. Without a mail server none does, unless EMAIL_VERIFICATION asks for it."""
        return bool(settings.EMAIL_HOST) or settings.ACCOUNT_EMAIL_VERIFICATION != "none"

    def can_delete_email(self, email_address: Any) -> bool:
        # Without an address, nobody resets a forgotten password, and few know the name that they could log in with.
        others = EmailAddress.objects.filter(user=email_address.user_id).exclude(pk=email_address.pk)
        return not email_address.primary and others.exists()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Sends a mail. Raises ImmediateHttpResponse, a page that says so, if the mail server does not take it."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            log.error("mail_not_sent", mail=template_prefix, error=type(error).__name__)
            page = render(self.request, "503.html", {"sentence": _NOT_SENT}, status=503)
            raise ImmediateHttpResponse(page) from error

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        if self.confirms_addresses:
            super().send_confirmation_mail(request, emailconfirmation, signup)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        url = build_absolute_uri(self.request, reverse("account_reset_password"))
        # The change is made already, whether its notice can be sent or not.
        with suppress(ImmediateHttpResponse):
            super().send_notification_mail(
                template_prefix, user, {"password_reset_url": url, **(context or {})}, email
            )

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        return [
            {**method, "description": _PROOFS.get(method["id"], method["description"])}
            for method in super().get_reauthentication_methods(user)
        ]


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _(
            "Two-step login is on: switch it off, add the address, and switch it on again."
        ),
        "cannot_delete_authenticator": _("This second step cannot be removed."),
        "cannot_generate_recovery_codes": _("Set up two-step login first: recovery codes are its backup."),
        "incorrect_code": _("That code is wrong or has expired."),
        "unverified_email": _("Confirm your email address first."),
    }


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": _("An account has this address already. Log in to it, then connect %s there."),
        "disconnect_last": _("This is your only way to log in. Set a password first."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Single sign-on has a setting of its own, because the identity provider already decides who may log in."""
        return bool(settings.OIDC_SIGNUP_OPEN)
