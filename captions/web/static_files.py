"""Static files in production."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Only comments on lines of their own: finding others would require parsing strings and regular expressions.
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Static files with hashed names, compressed; our modules without comments, which are nearly half of their size."""

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/") and name.endswith(".js"):
            script = b"".join(content.chunks()).decode()
            content = ContentFile(without_comments(script).encode())
        saved: str = super()._save(name, content)
        return saved


def without_comments(script: str) -> str:
    """The module with its comment lines emptied; line numbers stay the same, for error reports of browsers."""
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), script)
