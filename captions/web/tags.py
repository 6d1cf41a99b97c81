"""Template tags and filters for all pages: session times and JavaScript modules."""

import json
from datetime import datetime
from functools import lru_cache

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from redis import RedisError

from ..asr.engine.openai.budget import used_up_until
from ..asr.engine.openai.service import Service
from ..core.languages import language_tag
from ..core.valkey import valkey
from ..jobs.speech_settings import service
from .manifest import PAPER
from .script_catalog import module_path, script_catalog

register = template.Library()

_ROOT = "js/"


@register.filter
def clock(milliseconds: float | None) -> str:
    """A session time such as "0:04", "12:41" or "1:02:33"; empty for None."""
    if milliseconds is None:
        return ""
    minutes, seconds = divmod(max(0, int(milliseconds)) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def iso_duration(milliseconds: float) -> str:
    """A session time for `<time datetime>`, such as "PT3753S"."""
    return f"PT{max(0, int(milliseconds)) // 1000}S"


@register.filter
def lang(code: str) -> SafeString:
    """The attribute `lang` of an element with text in a spoken language, with a space before it; empty if unknown."""
    return format_html(' lang="{}"', language_tag(code)) if code else SafeString()


def in_language(text: str, code: str) -> SafeString:
    """The text as HTML that says its language, and is set apart from what is around it whatever its direction."""
    return format_html("<bdi{}>{}</bdi>", lang(code), text)


@register.simple_tag
def speech_service() -> Service | None:
    """The service to which sound is sent to be written down; None where that is done here."""
    return service()


@register.simple_tag
def nothing_sent_until(service: Service) -> datetime | None:
    """Until when nothing is sent to the service, nor written down here: today's limit is used up. Else None."""
    if service.falls_back:
        return None
    try:
        return used_up_until(service, valkey(), timezone.now())
    except RedisError:
        # Whoever speaks is told then.
        return None


@register.simple_tag
def page_language() -> str:
    """The value of `<html lang>`, such as "en" or "de"."""
    return (get_language() or settings.LANGUAGE_CODE).removesuffix("-gb")


@register.simple_tag
def manifest_url() -> str:
    """The address of the manifest in the language of the page."""
    return reverse("manifest", args=[get_language() or settings.LANGUAGE_CODE])


@register.simple_tag
def theme_colors(chosen: str) -> SafeString:
    """The colour of what the browser draws around the page, in the chosen theme, or for both that it may be in."""
    if chosen:
        return format_html('<meta name="theme-color" content="{}">', PAPER[chosen])
    meta = '<meta name="theme-color" content="{}" media="(prefers-color-scheme: {})">'
    return format_html_join("", meta, ((color, theme) for theme, color in PAPER.items()))


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """The import map, by which modules import each other as `app/name` though their files have hashed names."""
    nonce = getattr(context.get("request"), "csp_nonce", "")
    return format_html('<script type="importmap" nonce="{}">{}</script>', str(nonce), mark_safe(_map()))  # noqa: S308


@register.simple_tag
def module(name: str) -> SafeString:
    """The entry module of a page, as in `{% module "app/dictation/main" %}`, preceded by its translations if needed."""
    language = get_language() or settings.LANGUAGE_CODE
    script = format_html('<script type="module" src="{}"></script>', static(module_path(name)))
    if catalog := script_catalog(language, name):
        url = reverse("script-catalog", args=[language, name.removeprefix("app/"), catalog.digest])
        script = format_html('<script src="{}"></script>', url) + script
    return script


def module_names() -> list[str]:
    """`app/name` of every module under static/js."""
    found = {
        path
        for finder in finders.get_finders()
        for path, _ in finder.list(["*.map"])
        if path.startswith(_ROOT) and path.endswith(".js")
    }
    return sorted(f"app/{path[len(_ROOT) : -len('.js')]}" for path in found)


def _map() -> str:
    return _render_map() if settings.DEBUG else _cached_map()


@lru_cache(maxsize=1)
def _cached_map() -> str:
    # Hashed names do not change while a release runs.
    return _render_map()


def _render_map() -> str:
    imports = {name: static(module_path(name)) for name in module_names()}
    return json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
