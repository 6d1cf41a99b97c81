"""What wins among the rules of the pages is a matter of their layers, not of their selectors."""

import re

from django.conf import settings

SHEETS = {
    sheet.stem: re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    for sheet in (settings.BASE_DIR / "static" / "css").glob("*.css")
}
LAYERS = ["tokens", "base", "components", "pages", "overrides"]
# They stand beside the sheets of Django's administration, which are in no layer and would win over one.
OF_THE_ADMINISTRATION = {"admin", "review-queue"}


def _outermost(sheet: str) -> list[str]:
    """What introduces each block, and each statement, that is within no other block."""
    found, depth, start = [], 0, 0
    for mark in re.finditer("[{};]", sheet):
        if depth == 0:
            found.append(sheet[start : mark.start()].strip())
        depth += {"{": 1, "}": -1, ";": 0}[mark[0]]
        start = mark.end()
    return found


def test_the_sheet_that_comes_first_puts_the_layers_in_order() -> None:
    order, *rest = _outermost(SHEETS["tokens"])
    assert order == f"@layer {', '.join(LAYERS)}"
    assert set(rest) == {"@font-face", "@media (forced-colors: none)", "@layer tokens"}


def test_every_rule_of_the_pages_stands_in_a_layer() -> None:
    for name in SHEETS.keys() - OF_THE_ADMINISTRATION - {"tokens"}:
        assert set(_outermost(SHEETS[name])) <= {f"@layer {layer}" for layer in LAYERS}, name


def test_no_rule_of_the_administration_stands_in_a_layer() -> None:
    for name in OF_THE_ADMINISTRATION:
        assert "@layer" not in SHEETS[name], name
