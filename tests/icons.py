"""Draws the icons of the installed app from the two SVG files (script/icons), for browsers that take no SVG."""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browsers import launch

STATIC = Path(__file__).parents[1] / "static"
# Each with its source and its width in pixels. Systems cut a maskable icon into a shape of their own.
DRAWN = {
    "icon-192.png": ("icon.svg", 192),
    "icon-512.png": ("icon.svg", 512),
    "maskable-192.png": ("icons/maskable.svg", 192),
    "maskable-512.png": ("icons/maskable.svg", 512),
    "apple-touch-180.png": ("icons/maskable.svg", 180),
}


def draw() -> None:
    with sync_playwright() as driver:
        browser = launch(driver)
        page = browser.new_page()
        for name, (source, width) in DRAWN.items():
            page.set_viewport_size({"width": width, "height": width})
            page.set_content(f"<style>body {{ margin: 0 }}</style>{(STATIC / source).read_text()}")
            page.screenshot(path=STATIC / "icons" / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    draw()
