"""Checks a page for accessibility with axe-core."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_SETTLE = """document.getAnimations()
  .filter((each) => each.effect.getTiming().iterations === 1)
  .forEach((each) => each.finish())"""


def violations(page: Page) -> list[str]:
    """A line for each element that violates a rule."""
    # During transitions of colours, contrasts differ.
    page.evaluate(_SETTLE)
    found = Axe().run(page, options=_RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
