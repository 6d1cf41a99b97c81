"""The rows of a page that shows a transcript, and their markup."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from ..core.characters import shortened, space_between
from ..core.translating import TARGET
from ..models import Note, NoteKind
from ..models.utterance import UtteranceQuerySet
from ..speech.coverage import UNCLEAR
from ..speech.speakers import Speakers
from ..speech.types import TimeRange
from ..web.tags import clock, iso_duration, lang
from .export.prose import begins_paragraph
from .snippets import SnippetPart

_PARAGRAPH = "\n\n"
_NAME = 40
_LINE = 64
"""About how many characters fit in a line of the page."""
_WORTH_SAYING_MS = 1_000
_UNCLEAR_PLACE = f'<span class="unclear" lang="en">{escape(UNCLEAR)}</span>'
# What is recognised comes first for screen readers; the style sheet puts the time before it.
_SAID = (
    '<div class="row" id="u-{seq}" data-seq="{seq}" data-version="{version}" data-start-ms="{start_ms}"'
    ' data-end-ms="{end_ms}"{hidden}>{who}<p class="words" data-text dir="auto"{lang}>{words}</p>{translation}'
    '<time class="when" datetime="{duration}">{time}</time>{edit}</div>'
)
_WHO = '<span class="who"{hidden}>{name}</span>'
_TRANSLATION = f'<p class="translation meta" lang="{TARGET}" dir="ltr">{{text}}</p>'
_EDIT = '<a class="row-edit" href="{url}utterances/{seq}/" aria-label="{label}">{edit}</a>'
_NOTE = (
    '<div class="row between" data-note="{pk}" data-version="{version}" data-kind="{kind}" data-at-ms="{at_ms}">'
    '<button class="row-edit" type="button" aria-label="{label}" hidden>{edit}</button>'
    '<{tag} class="{kind}" data-note-text dir="auto">{text}</{tag}></div>'
)


class Said(NamedTuple):
    """What a row shows of an utterance. A tuple, because a page may have thousands and models are slower to load."""

    seq: int
    version: int
    start_ms: int
    end_ms: int
    text: str
    language: str
    shared: bool = False
    translation: str = ""
    speaker: int = 0

    @classmethod
    def of(cls, utterances: UtteranceQuerySet) -> Iterator["Said"]:
        """Those of all utterances, in the order of time."""
        for values in utterances.in_time().values_list(*cls._fields):
            yield cls(*values)


class Row(NamedTuple):
    """An utterance or a note. `parts` is the utterance's text with search hits marked; None if it has none."""

    said: Said | None = None
    parts: tuple[SnippetPart, ...] | None = None
    note: Note | None = None


@dataclass(slots=True)
class Paragraph:
    """Rows that stand together when a transcript is read: notes, then utterances; never empty.

    Nothing was recorded in the time ranges `missing`, which are before them, and in those `after` them.
    """

    rows: list[Row] = field(default_factory=list)
    missing: list[TimeRange] = field(default_factory=list)
    after: list[TimeRange] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """About how many lines it takes, as a power of two: so much room is kept for it before it is shown."""
        letters = sum(
            len(row.said.text + row.said.translation if row.said else row.note.text if row.note else "")
            for row in self.rows
        )
        return min(64, 1 << (letters // _LINE).bit_length())


def paragraphs(
    said: Iterable[Said],
    notes: Iterable[Note],
    marked: dict[int, tuple[SnippetPart, ...]],
    outages: Iterable[TimeRange] = (),
) -> Iterator[Paragraph]:
    """Yields the utterances as exports join them, each note before the first one that begins at its time or later.

    `marked` is the text of utterances with search hits, by their `seq`; in `outages` nothing was recorded.
    """
    missing = [each for each in outages if each.length_ms >= _WORTH_SAYING_MS][::-1]
    waiting = list(reversed(list(notes)))
    paragraph, start_ms, end_ms, speaker, last = Paragraph(), 0, 0, (False, 0), ""
    for each in said:
        between = []
        while waiting and waiting[-1].at_ms <= each.start_ms:
            between.append(Row(note=waiting.pop()))
        begins = (
            begins_paragraph(each.start_ms, start_ms, end_ms)
            or (each.shared, each.speaker) != speaker
            or last.endswith(_PARAGRAPH)
            or each.text.startswith(_PARAGRAPH)
        )
        before = []
        while missing and missing[-1].start_ms <= each.start_ms:
            before.append(missing.pop())
        if not paragraph.rows or between or begins or before:
            if paragraph.rows:
                yield paragraph
            paragraph, start_ms = Paragraph(between, before), each.start_ms
        paragraph.rows.append(Row(each, marked.get(each.seq)))
        end_ms, speaker = each.end_ms, (each.shared, each.speaker)
        last = each.text or last
    paragraph.after = missing[::-1]
    if paragraph.rows:
        yield paragraph
    if waiting:
        yield Paragraph([Row(note=note) for note in reversed(waiting)])


def rows_html(rows: Iterable[Row], url: str = "", speakers: Speakers | None = None) -> SafeString:
    """The markup of rows, editable if `url`, the address of their session, is given; `speakers` names who says them.

    Not a template, which would take a second for the rows of a long day.
    """
    edit, to_edit = escape(gettext("Edit")), gettext("Edit %(time)s")
    pieces: list[str] = []
    before = ""
    languages: dict[str, str] = {}
    who = ""
    for said, parts, note in rows:
        if said is None:
            pieces.append(_note_html(note, edit) if note else "")
            continue
        if before:
            pieces.append(space_between(before, said.text))
        before = said.text
        time = clock(said.start_ms)
        if said.language not in languages:
            languages[said.language] = lang(said.language)
        name = speakers.name(said.shared, said.speaker) if speakers else ""
        link = url and _EDIT.format(url=url, seq=said.seq, label=escape(to_edit % {"time": time}), edit=edit)
        pieces.append(
            _SAID.format(
                seq=said.seq,
                version=said.version,
                start_ms=said.start_ms,
                end_ms=said.end_ms,
                lang=languages[said.language],
                hidden=_marks(said),
                who=_who_html(name, is_new=name != who or not said.speaker) if name else "",
                words=_marked(parts) if parts else unclear_places(said.text),
                translation=said.translation and _TRANSLATION.format(text=escape(said.translation)),
                duration=iso_duration(said.start_ms),
                time=time,
                edit=link,
            )
        )
        who = name
    return mark_safe("".join(pieces))  # noqa: S308 - every text in it is escaped


def _marks(said: Said) -> str:
    """The attributes of a row that say whose it is, and whether it is shown."""
    shared = " data-shared" if said.shared else ""
    speaker = f' data-speaker="{said.speaker}"' if said.speaker else ""
    return shared + speaker + ("" if said.text else " hidden")


def _who_html(name: str, *, is_new: bool) -> str:
    """The name of who says a row; not shown where they go on. Of sources the style sheet sees that."""
    return _WHO.format(name=escape(name), hidden="" if is_new else " hidden")


def unclear_places(text: str) -> str:
    """The text as HTML with an element for each unclear place, on which a click plays the sound."""
    return _UNCLEAR_PLACE.join(escape(part) for part in text.split(UNCLEAR))


def _marked(parts: Iterable[SnippetPart]) -> str:
    return "".join(
        f"<mark>{escape(part.text)}</mark>" if part.hit else unclear_places(part.text) for part in parts
    )


def _note_html(note: Note, edit: str) -> str:
    return _NOTE.format(
        pk=note.pk,
        version=note.version,
        kind=escape(note.kind),
        at_ms=note.at_ms,
        label=escape(_to_edit_note(note)),
        edit=edit,
        tag="h2" if note.kind == NoteKind.HEADING else "p",
        text=escape(note.text),
    )


def _to_edit_note(note: Note) -> str:
    """The label of the button that edits a heading or a note, which is named by its first words."""
    name = shortened(note.text, _NAME)
    if note.kind == NoteKind.HEADING:
        return gettext("Edit heading %(text)s") % {"text": name}
    return gettext("Edit note %(text)s") % {"text": name}
