"""Static files in production."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_BETWEEN = re.compile(r"\s*\n\s*")
# The end of a line that separates nothing: a bracket, a comma or a semicolon does.
_NEEDLESS = re.compile(r"(?<=[\[({,;])\n|\n(?=[\])}])")
# A template over several lines, whose white space counts.
_LONG_TEMPLATE = re.compile(r"^[^`\n]*`(?:[^`\n]*`[^`\n]*`)*[^`\n]*$", re.MULTILINE)
# Only comments on lines of their own: finding others would require parsing strings and regular expressions.
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Static files with hashed names, compressed; our modules and style sheets without comments and white space.

    Those are more than half of the size of a module.
    """

    def _save(self, name: str, content: Any) -> str:
        if name.startswith(("js/", "css/")) and name.endswith((".js", ".css")):
            source = b"".join(content.chunks()).decode()
            content = ContentFile(lean(source).encode())
        saved: str = super()._save(name, content)
        return saved


def lean(source: str) -> str:
    """The module or style sheet without comment lines, indentation and most ends of lines.

    Names stay as they are, so error reports of browsers can be read.
    """
    bare = _COMMENT.sub("", source)
    return bare if _LONG_TEMPLATE.search(bare) else _NEEDLESS.sub("", _BETWEEN.sub("\n", bare)).lstrip()
