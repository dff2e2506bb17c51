"""Makes the pictures of the documentation anew: docs/dashboard.png and docs/dashboard_phone.png (`make pictures`).

python tests/browser/pictures.py [FOLDER]     every page, at both widths and in both themes, whole, into FOLDER
"""

from __future__ import annotations

import io
import sys
import tempfile
from itertools import product
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS)]

from playwright.sync_api import Page  # noqa: E402
from visits import PAGES, chromium, serving, there, visiting  # noqa: E402

DOCS = TESTS.parent / "docs"
SHOWN = "judges=1200&judges_over=24"  # twelve hundred judges, reached over two years
DESKTOP, PHONE = {"width": 1280, "height": 1000}, {"width": 390, "height": 1500}
SIZES = {"desktop": DESKTOP, "phone": PHONE}
THEMES = ("light", "dark")


def documented(folder: Path) -> None:
    """The two of the documentation, with bands."""
    with serving(folder) as address, chromium() as browser:
        for name, size, theme in (("dashboard", DESKTOP, "light"), ("dashboard_phone", PHONE, "dark")):
            with visiting(browser, f"{address}/?{SHOWN}", viewport=size, color_scheme=theme) as page:
                there(page)
                page.get_by_text("bands hold 80 % of 10 runs").wait_for()
                there(page)
                save(page, DOCS / f"{name}.png", 1100 if size is DESKTOP else size["width"])


def every(folder: Path, into: Path) -> None:
    """Every page, whole: Streamlit's page scrolls inside the window, so that the window is made as high as the page."""
    into.mkdir(parents=True, exist_ok=True)
    with serving(folder) as address, chromium() as browser:
        for name, (kind, size), theme in product(PAGES, SIZES.items(), THEMES):
            where = f"{address}/{name if name != PAGES[0] else ''}?{SHOWN}"
            with visiting(browser, where, viewport=size, color_scheme=theme) as page:
                there(page)
                high = page.evaluate("document.querySelector('.stMain').scrollHeight")
                page.set_viewport_size({**size, "height": min(high + 20, 12_000)})
                there(page)
                save(page, into / f"{name}_{kind}_{theme}.png", size["width"])


def save(page: Page, file: Path, width: int) -> None:
    """A screenshot in few colours, so that it stays small."""
    from PIL import Image

    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)  # charts and the theme fade in
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if width != picture.width:
        picture = picture.resize((width, picture.height * width // picture.width), Image.Resampling.LANCZOS)
    picture.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    print(file)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        if sys.argv[1:]:
            every(Path(scratch), Path(sys.argv[1]))
        else:
            documented(Path(scratch))
