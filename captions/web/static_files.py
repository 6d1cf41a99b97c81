"""Static files as a deployment serves them."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Only what has whole lines of its own: there, nothing has to be known of strings and regular expressions.
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names, compressed, and our modules without their comments: those are nearly half of what they weigh."""

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/") and name.endswith(".js"):
            script = b"".join(content.chunks()).decode()
            content = ContentFile(without_comments(script).encode())
        saved: str = super()._save(name, content)
        return saved


def without_comments(script: str) -> str:
    """A module whose lines that are comments are empty: what stands where is as it was, for what a browser reports."""
    return _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), script)
