"""The account and its settings for an archive, without passwords and other secrets."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from ...models import User

VERSION = 1


def account(user: User) -> dict[str, Any]:
    return {
        "version": VERSION,
        "archived_at": timezone.localtime().isoformat(),
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "joined_at": timezone.localtime(user.date_joined).isoformat(),
        "emails": [
            {"email": row.email, "verified": row.verified, "primary": row.primary}
            for row in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "logins_elsewhere": [
            {"provider": row.provider, "uid": row.uid}
            for row in SocialAccount.objects.filter(user=user).order_by("pk")
        ],
        "two_step_login": sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True)),
        "api_tokens": [
            {
                "name": token.name,
                "scopes": token.scopes,
                "created_at": timezone.localtime(token.created_at).isoformat(),
                "expires_at": token.expires_at and timezone.localtime(token.expires_at).isoformat(),
            }
            for token in user.api_tokens.filter(revoked_at=None).order_by("pk")
        ],
        "webhooks": [
            {
                "name": webhook.name,
                "host": webhook.host,
                "events": webhook.events,
                "with_text": webhook.with_text,
                "created_at": timezone.localtime(webhook.created_at).isoformat(),
            }
            for webhook in user.webhooks.order_by("pk")
        ],
        "tags": [tag.name for tag in user.tags.order_by("name")],
        "settings": _settings(user),
    }


def _settings(user: User) -> dict[str, Any]:
    return {
        "dictation_language": user.dictation_language,
        "vocabulary": user.vocabulary,
        "replacements": [
            {"heard": entry.heard, "written": entry.written} for entry in user.wanted_replacements
        ],
        "snippets": [{"heard": entry.heard, "written": entry.written} for entry in user.wanted_snippets],
        "commands": user.commands,
        "actions": [
            {"name": action.name, "phrase": action.template, "does": action.does, "text": action.text}
            for action in user.spoken_actions.all()
        ],
        "lead_word": user.lead_word,
        "pause_ms": user.silence_ms,
        "prefix_ms": user.prefix_ms,
        "voice_threshold": user.threshold,
        "translate": bool(user.translate),
        "cleaning": user.cleaning or "off",
        "keep_sound": user.keep_sound,
        "second_pass": user.second_pass,
        "sound_days": user.sound_days,
        "theme": user.theme,
        "dots": user.dots,
        "announce": user.announce,
        "time_zone": user.time_zone,
        "interface_language": user.interface_language,
        "export": user.export_choices,
        "summary_prompt": user.summary_prompt,
    }
