"""Static files in production."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
# A template over several lines, whose white space counts.
_LONG_TEMPLATE = re.compile(r"^[^`\n]*`(?:[^`\n]*`[^`\n]*`)*[^`\n]*$", re.MULTILINE)
# Only comments on lines of their own: finding others would require parsing strings and regular expressions.
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Static files with hashed names, compressed; our modules and style sheets without comments and indentation.

    Those are more than half of the size of a module.
    """

    def _save(self, name: str, content: Any) -> str:
        if name.startswith(("js/", "css/")) and name.endswith((".js", ".css")):
            source = b"".join(content.chunks()).decode()
            content = ContentFile(lean(source).encode())
        saved: str = super()._save(name, content)
        return saved


def lean(source: str) -> str:
    """The module or style sheet with its comment lines emptied, and without indentation.

    Line numbers stay the same, for error reports of browsers.
    """
    bare = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), source)
    return bare if _LONG_TEMPLATE.search(bare) else _INDENTATION.sub("", bare)
