"""Word documents: title, facts, headings, paragraphs and notes."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from ...core.languages import language_tag
from .direction import reads_from_the_right
from .options import Options
from .prose import facts, paragraphs, title
from .transcript import Transcript

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle

_STYLES = {"said": "Normal", "heading": "Heading 1", "note": "Quote"}
# A language is set for each kind of script, since Word chooses one of them by the characters.
_SCRIPTS = ("w:val", "w:eastAsia", "w:bidi")
_TITLE_POINTS = 24
_TIME_POINTS = 9
_GREY = "4A5264"
_A4_MM = 210, 297
_MARGIN_MM = 25


def render(transcript: Transcript, options: Options) -> Iterator[str]:
    """Yields the document's text."""
    yield f"{title(transcript)}\n{facts(transcript)}\n"
    for block in paragraphs(transcript):
        time = f"{block.time} " if options.times and block.kind == "said" else ""
        speaker = f"{block.speaker}: " if block.speaker else ""
        yield f"\n{time}{speaker}{block.text}\n"


def encode(transcript: Transcript, options: Options) -> Iterator[bytes]:
    """Yields the document in one piece: python-docx builds it in memory."""
    document = _empty(transcript)
    styles = {kind: _style(document, name) for kind, name in _STYLES.items()}
    _add(document, [(title(transcript), "")], _style(document, "Title"))
    _add(document, [(facts(transcript), "")], _style(document, "Subtitle"))
    for block in paragraphs(transcript):
        time = block.time if options.times and block.kind == "said" else ""
        parts = [(text, "" if spoken == transcript.language else spoken) for text, spoken in block.parts]
        _add(document, parts, styles[block.kind], time=time, speaker=block.speaker)
    file = BytesIO()
    document.save(file)
    yield file.getvalue()


def _empty(transcript: Transcript) -> "Document":
    """An A4 document with plain styles and with title, date and language as its properties, but no author."""
    # Imported here because it is slow to import, and every process that exports anything imports this module.
    import docx
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    document = docx.Document()
    about = document.core_properties
    about.title, about.author, about.comments = title(transcript), "", ""
    # python-docx writes the time as UTC without converting it.
    about.created = about.modified = transcript.created_at.astimezone(UTC)
    about.language = language_tag(transcript.language)
    if transcript.language:
        # Without a language, Word checks the spelling as English.
        (spoken,) = document.styles.element.xpath("w:docDefaults//w:lang")
        for script in _SCRIPTS:
            spoken.set(qn(script), language_tag(transcript.language))
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(length) for length in _A4_MM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    head, below = _style(document, "Title"), _style(document, "Subtitle")
    for style in (head, below):
        properties = style.element.pPr
        for child in list(properties):
            # The line under a title, and the list that a subtitle belongs to.
            if child.tag.endswith(("}pBdr", "}numPr")):
                properties.remove(child)
    head.font.size, head.font.color.rgb = Pt(_TITLE_POINTS), RGBColor(0, 0, 0)
    below.font.size, below.font.italic = Pt(11), False
    below.font.color.rgb = RGBColor.from_string(_GREY)
    return document


def _style(document: "Document", name: str) -> "ParagraphStyle":
    style: ParagraphStyle = document.styles[name]
    return style


def _add(
    document: "Document",
    parts: Sequence[tuple[str, str]],
    style: "ParagraphStyle",
    *,
    time: str = "",
    speaker: str = "",
) -> None:
    """Adds a paragraph of parts, each with the code of its language if that is not the document's."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    paragraph = document.add_paragraph(style=style)
    if time:
        run = paragraph.add_run(f"{time} ")
        run.font.size, run.font.color.rgb = Pt(_TIME_POINTS), RGBColor.from_string(_GREY)
    if speaker:
        paragraph.add_run(f"{speaker}: ").bold = True
    if reads_from_the_right("".join(text for text, _ in parts)):
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    for language, spoken in groupby(parts, key=itemgetter(1)):
        text = "".join(part for part, _ in spoken)
        run = paragraph.add_run(text)
        if reads_from_the_right(text):
            run.font.rtl = True
        if language:
            mark = OxmlElement("w:lang")
            for script in _SCRIPTS:
                mark.set(qn(script), language_tag(language))
            run._r.get_or_add_rPr().append(mark)
