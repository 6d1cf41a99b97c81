"""Translations for the JavaScript modules of a page.

The catalog of a language (locale/*/LC_MESSAGES/djangojs.mo) has the messages of all modules. A page gets only those of
the modules that it loads, as a script whose name contains a hash of them. Pages in the language of the sources need
none.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

from .static_files import lean

_IMPORT = re.compile(r'(?:from|import)\s*\(?\s*"(app/[^"]+)"')
_CONTEXT = "\x04"


@dataclass(frozen=True, slots=True)
class ScriptCatalog:
    """The script with the translations, and a hash of it."""

    content: str
    digest: str


def module_path(name: str) -> str:
    """The path of the module `app/name` among the static files."""
    return f"js/{name.removeprefix('app/')}.js"


def script_catalog(language: str, module: str) -> ScriptCatalog | None:
    """The catalog for a page that loads `app/name` and its imports; None if it needs none in that language."""
    if language == settings.LANGUAGE_CODE or language not in dict(settings.LANGUAGES):
        return None
    return _made(language, module) if settings.DEBUG else _kept(language, module)


def messages_of(language: str, module: str) -> dict[str, Any]:
    """The messages in a module and its imports, with their translations: one, or one for each plural form.

    A message with a context is preceded by that and U+0004.
    """
    source = "\n".join(_with_imports(module).values())
    everything = _Catalog(language).get_catalog()
    return {
        key: message for key, message in everything.items() if _stands_in(key.split(_CONTEXT)[-1], source)
    }


def modules_of(name: str) -> list[str]:
    """The module `app/name` and all that it imports, at once or later."""
    return sorted(_with_imports(name))


class _Catalog(JavaScriptCatalog):
    """Our catalog without Django's, whose messages are for the administration."""

    def __init__(self, language: str) -> None:
        self.translation = DjangoTranslation(
            language, domain="djangojs", localedirs=[str(path) for path in settings.LOCALE_PATHS]
        )


def _made(language: str, module: str) -> ScriptCatalog | None:
    messages = messages_of(language, module)
    if not messages:
        return None
    messages_json = json.dumps(messages, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    plural = _Catalog(language).get_plural()
    # A page may load several modules, each with a catalog: their messages are merged.
    content = (
        f"globalThis.catalog??={{messages:{{}},plural:(n)=>Number({plural})}};"
        f"Object.assign(catalog.messages,{messages_json});\n"
    )
    return ScriptCatalog(content, hashlib.sha256(content.encode()).hexdigest()[:12])


# Neither modules nor catalogs change while a deployment runs.
_kept = lru_cache(maxsize=256)(_made)


def _with_imports(name: str) -> dict[str, str]:
    """The source of a module and of all that it imports, by name."""
    sources: dict[str, str] = {}
    waiting = {name}
    while waiting:
        found = finders.find(module_path(module := waiting.pop()))
        # Comments also import modules, but only for types.
        sources[module] = lean(Path(found).read_text()) if found else ""
        waiting |= set(_IMPORT.findall(sources[module])) - sources.keys()
    return sources


def _stands_in(text: str, source: str) -> bool:
    escaped = json.dumps(text, ensure_ascii=False)
    return escaped in source or f"'{text}'" in source
