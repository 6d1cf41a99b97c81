"""Who may open an account."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    # What went wrong, in the words of the rest of the interface.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is switched off.",
        "cannot_remove_primary_email": "This is your main address. Make another one the main address first.",
        "duplicate_email": "Your account has this address already.",
        "email_password_mismatch": "That email and password do not match.",
        "email_taken": "Someone already uses this email address.",
        "enter_current_password": "That is not your current password.",
        "incorrect_code": "That code is not right, or too old.",
        "incorrect_password": "That is not your password.",
        "invalid_login": "That email and password do not match.",
        "invalid_password_reset": "This link has been used or is too old.",
        "rate_limited": "That was too often. Wait a few minutes, then try again.",
        "too_many_login_attempts": "That was tried too often. Wait a few minutes, then log in again.",
        "unknown_email": "No account has this address.",
        "username_password_mismatch": "That username and password do not match.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Single sign-on has its own switch: there, somebody else has already decided who is let in."""
        return bool(settings.OIDC_SIGNUP_OPEN)
