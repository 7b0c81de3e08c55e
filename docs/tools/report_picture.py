"""Takes the picture of a report: ``python -m docs.tools.report_picture REPORT.html``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

FILE = Path(__file__).parent.parent / "images" / "report.png"
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
#: Parts of the report that are shown, one below the other, with their largest width and height.
PARTS = (("#results .glance", 1140, 680), ("#structures", 1140, 665))
#: The structure that is shown.
SPECIES = "slab.OAm"
WIDTH = 1140


def picture(report: Path) -> None:
    """Write the picture from a real report, in headless Chromium."""
    from io import BytesIO

    from PIL import Image
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    images = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program)
        page = browser.new_page(viewport={"width": 1300, "height": 900}, color_scheme="light")
        page.goto(report.resolve().as_uri())
        page.locator("#structures select").first.select_option(label=SPECIES)
        for selector, width, height in PARTS:
            part = page.locator(selector).first
            part.scroll_into_view_if_needed()
            page.wait_for_timeout(1000)  # figures are drawn when they come into view
            image = Image.open(BytesIO(part.screenshot())).convert("RGB")
            images.append(image.crop((0, 0, min(image.width, width), min(image.height, height))))
        browser.close()
    whole = Image.new("RGB", (WIDTH, sum(i.height + 16 for i in images)), "white")
    top = 8
    for image in images:
        whole.paste(image, ((WIDTH - image.width) // 2, top))
        top += image.height + 16
    whole.quantize(128).save(FILE, optimize=True)


if __name__ == "__main__":
    picture(Path(sys.argv[1]))
