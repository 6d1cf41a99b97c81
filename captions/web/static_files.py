"""Static files in production."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Only comments on lines of their own: finding others would require parsing strings and regular expressions.
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Static files with hashed names, compressed; our modules and style sheets without comments.

    Those are nearly half of the size of a module.
    """

    def _save(self, name: str, content: Any) -> str:
        if name.startswith(("js/", "css/")) and name.endswith((".js", ".css")):
            source = b"".join(content.chunks()).decode()
            content = ContentFile(without_comments(source).encode())
        saved: str = super()._save(name, content)
        return saved


def without_comments(source: str) -> str:
    """The module or style sheet with its comment lines emptied.

    Line numbers stay the same, for error reports of browsers.
    """
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), source)
