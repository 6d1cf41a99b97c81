"""What axe-core says against a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_SETTLE = """document.getAnimations()
  .filter((each) => each.effect.getTiming().iterations === 1)
  .forEach((each) => each.finish())"""


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule."""
    # Colours that are still settling have contrasts of their own.
    page.evaluate(_SETTLE)
    found = Axe().run(page, options=_RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
