"""Compares the translation catalogs in captions/locale with the texts marked in the sources.

Run as `python -m tests.catalogs` (script/translate) it updates the catalogs; see docs/translations.md.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "captions" / "locale"
DOMAINS = {
    "django": ("captions/**/*.py", "whisperstream_site/**/*.py", "templates/**/*.html", "templates/**/*.txt"),
    "djangojs": ("static/js/**/*.js",),
}

_ONE, _PLURAL, _CONTEXT = None, (1, 2), ((1, "c"), 2)
_KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), _ONE),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), _PLURAL),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), _CONTEXT),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}

Key = tuple[str | None, str]
"""(context or None, text in the singular)"""


@dataclass
class Marked:
    """A text marked for translation in the sources: `many` is its plural, if any, `files` are those that have it."""

    many: str = ""
    files: set[str] = field(default_factory=set)


class _Neutral(Catalog):
    """A catalog whose header has only what programs need: no dates and no names."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def languages() -> list[str]:
    return sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir())


def file_of(language: str, domain: str, ending: str = "po") -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.{ending}"


def read(file: Path) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, abort_invalid=True)


def marked(domain: str) -> dict[Key, Marked]:
    """All texts marked for translation. Raises ValueError if a text has two different plurals."""
    found: dict[Key, Marked] = {}
    for pattern in DOMAINS[domain]:
        for file in sorted(ROOT.glob(pattern)):
            for key, many in marked_in(file):
                entry = found.setdefault(key, Marked(many))
                if many and entry.many not in ("", many):
                    raise ValueError(f"{key[1]!r} has two plurals")
                entry.many = entry.many or many
                entry.files.add(file.relative_to(ROOT).as_posix())
    return found


def marked_in(file: Path) -> Iterator[tuple[Key, str]]:
    source, method = file.read_text(), "javascript" if file.suffix == ".js" else "python"
    if file.suffix in (".html", ".txt"):
        # In parentheses, because the indentation that is left of a template would be a syntax error.
        source = f"({templatize(source)}\n)"
    for _, said, _, context in extract(method, BytesIO(source.encode()), _KEYWORDS):
        texts = (said,) if isinstance(said, str) else said
        if texts[0]:
            yield (context, texts[0]), texts[1] if len(texts) > 1 else ""


def updated(language: str, domain: str, others: Iterable[Catalog] = ()) -> Catalog:
    """The catalog with exactly the marked texts; new ones are empty unless one of `others` has a translation."""
    catalog = _Neutral(language, domain=domain, header_comment="", fuzzy=False)
    known = [read(file) for file in [file_of(language, domain)] if file.exists()] + list(others)
    for (context, text), mark in sorted(
        marked(domain).items(), key=lambda each: (min(each[1].files), each[0][1])
    ):
        said = next(
            (found.string for each in known if (found := each.get(text, context)) and _full(found.string)), ""
        )
        catalog.add(
            (text, mark.many) if mark.many else text,
            (said if isinstance(said, tuple) else ("", "")) if mark.many else said,
            locations=[(file, 0) for file in sorted(mark.files)],
            context=context,
        )
    return catalog


def _full(said: object) -> bool:
    return all(said) if isinstance(said, tuple) else bool(said)


def save(catalog: Catalog, language: str, domain: str) -> None:
    file = file_of(language, domain)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, catalog, width=110, include_lineno=False)
    with file_of(language, domain, "mo").open("wb") as opened:
        write_mo(opened, catalog)


def main() -> None:
    for language in sys.argv[1:] or languages():
        for domain in DOMAINS:
            catalog = updated(language, domain)
            save(catalog, language, domain)
            empty = [message for message in catalog if message.id and not _full(message.string)]
            print(f"{language} {domain}: {len(catalog)} texts, {len(empty)} to translate")


if __name__ == "__main__":
    main()
