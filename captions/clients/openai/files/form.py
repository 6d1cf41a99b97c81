"""Reads the form that brings a file, within its limits."""

from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from ....core.interface_language import translated
from ....core.invisible import without_invisible
from ....core.vocabulary import entries_among
from ....dialects.field_error import FieldError
from ....dialects.openai_files.asking import Asked, read
from ....tokens.admission import Refusal
from ....web.body_limit import FORM_BYTES, most_bytes
from ...roads.size import check_length, too_large
from ...vocabulary import entries

_FILE = "file"
_LONGEST_NAME = 200


def receive(request: HttpRequest, path: Path, *, translate: bool) -> tuple[Asked, str]:
    """What is asked for, and the name of the file, which is then at `path`. Raises Refusal and OSError."""
    check_length(request, most_bytes())
    request.upload_handlers = [_IntoFile(request, path)]
    try:
        parts, files = request.POST, request.FILES
    except (MultiPartParserError, SuspiciousOperation) as error:
        sentence = _("The form could not be read. Send it as multipart/form-data.")
        raise Refusal(400, "invalid", sentence) from error
    file = files.get(_FILE)
    if file is None:
        raise Refusal(
            400, "missing_required_parameter", _("Send the file in a part named “file”."), param=_FILE
        )
    if (file.size or 0) > most_bytes() - FORM_BYTES:
        raise too_large()
    try:
        asked = read(dict(parts.lists()), translate=translate)
    except FieldError as error:
        raise Refusal(
            400, "invalid_value", translated(error.text, error.values), param=error.param
        ) from error
    return asked, _name(file)


def vocabulary(asked: Asked) -> tuple[str, ...]:
    """The words to expect. Raises Refusal for a keyword that cannot be one; a hint of a prompt is left out then."""
    keywords = entries(asked.keywords, _("Keyword %(number)s"), "keywords")
    return (*keywords, *entries_among(asked.hints))


def _name(file: "UploadedFile[Any]") -> str:
    """The name of the file without folders and invisible characters, for messages and as a title."""
    shown = without_invisible(file.name or "").replace("\\", "/")
    return " ".join(PurePosixPath(shown).name.split())[:_LONGEST_NAME] or "file"


class _IntoFile(FileUploadHandler):
    """Writes the part `file` where it is to be, and drops other files."""

    def __init__(self, request: HttpRequest, path: Path) -> None:
        super().__init__(request)
        self._path = path
        self._file: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name != _FILE or self._file is not None:
            raise SkipFile
        self._file = self._path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[Any]":
        self._file.close()
        found = SimpleUploadedFile(self.file_name or "", b"", self.content_type or "")
        found.size = file_size
        return found

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()
