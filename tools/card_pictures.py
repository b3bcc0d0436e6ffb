"""Pictures of cards for the docs, light and dark: `python tools/card_pictures.py [NAME ...]` (needs Chromium).

Each block of docs/reference/cards.md that has a picture below it is run; what its last line shows becomes
docs/pictures/card-<name>-<light|dark>.png. The last picture is the default card of a task of examples/report.py.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from shutil import which
from socket import gethostname
from typing import Any, Literal

from PIL import Image, ImageChops
from playwright.sync_api import Browser, sync_playwright

from headwater.cards.base import Component, rendered
from headwater.cards.page import CHART, page, parts

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
PAGE = ROOT / "docs" / "reference" / "cards.md"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SHOWN_MACHINE = "ada-laptop"
WIDTH = 760
MARGIN = 12
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_BLOCK = re.compile(
    r"```python\n(?P<code>(?:(?!```).)*?)```\n\n<picture>\n[^\n]*srcset=\"\.\./pictures/card-(?P<name>\w+)-", re.DOTALL
)

#: Prints the card of a task of the example.
_READ = """
from headwater import Flow
from headwater.cards import get_cards
print(get_cards(Flow("ReportFlow").latest_run["fit"]["1"])[0].get())
"""


def names_of_components() -> list[str]:
    """Of the pictures of components, without running what makes them."""
    return [match["name"] for match in _BLOCK.finditer(PAGE.read_text("utf-8"))]


@cache
def components() -> dict[str, list[Component]]:
    """What each block of the page shows, by the name of its picture."""
    return {match["name"]: shown_by(match["code"]) for match in _BLOCK.finditer(PAGE.read_text("utf-8"))}


def shown_by(code: str) -> list[Component]:
    """The components that the last expression of some code is, as a notebook would show it."""
    tree = ast.parse(code)
    last = tree.body.pop()
    names: dict[str, Any] = {}
    exec(compile(tree, PAGE.name, "exec"), names)
    value = eval(compile(ast.Expression(last.value), PAGE.name, "eval"), names) if isinstance(last, ast.Expr) else None
    shown = value if isinstance(value, list) else [value]
    return [one for one in shown if isinstance(one, Component)]


def as_page(title: str, shown: list[Component]) -> str:
    return page(title, parts(rendered(one, f"part-{at}") for at, one in enumerate(shown)))


def default_card() -> str:
    """Of a task of the example, run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.py").write_text((ROOT / "examples" / "report.py").read_text("utf-8"), "utf-8")
        environ = {**os.environ, "HEADWATER_USER": "ada", "HEADWATER_DATASTORE_ROOT": f"{folder}/root"}
        run = [sys.executable, "report.py", "--quiet", "run"]
        subprocess.run(run, cwd=folder, env=environ, check=True, capture_output=True)
        read = [sys.executable, "-c", _READ]
        html = subprocess.run(read, cwd=folder, env=environ, check=True, capture_output=True, text=True).stdout
        return html.replace(f"<dd>{gethostname()}</dd>", f"<dd>{SHOWN_MACHINE}</dd>")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The browser that is installed here; a missing one is an error."""
    program = next(filter(None, map(which, BROWSERS)), None)
    if program is None:
        raise FileNotFoundError(f"None of {', '.join(BROWSERS)} is installed. Install one: apt-get install chromium")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, args=["--no-sandbox"]) as browser,
    ):
        yield browser


def draw(pictures: dict[str, str]) -> None:
    with open_browser() as browser:
        for theme in THEMES:
            tab = browser.new_page(color_scheme=theme)
            for name, html in pictures.items():
                tab.set_viewport_size({"width": 1000 if name == "default" else WIDTH, "height": 900})
                tab.set_content(html)
                if CHART in html:
                    tab.wait_for_selector(".chart svg")
                target = PICTURES / f"card-{name}-{theme}.png"
                tab.locator("main").screenshot(path=target)
                _crop(target)
            tab.close()


def _crop(file: Path) -> None:
    """Without what is empty around it, and with few colours, which is all that letters need."""
    image = Image.open(file).convert("RGB")
    empty = Image.new("RGB", image.size, image.getpixel((0, 0)))
    left, top, right, bottom = ImageChops.difference(image, empty).getbbox() or (0, 0, *image.size)
    box = (max(0, left - MARGIN), max(0, top - MARGIN), min(image.width, right + MARGIN), bottom + MARGIN)
    image.crop(box).quantize(128).save(file, optimize=True)


def main(names: list[str]) -> None:
    pictures = {name: as_page(name, shown) for name, shown in components().items()} | {"default": default_card()}
    draw({name: html for name, html in pictures.items() if not names or name in names})


if __name__ == "__main__":
    main(sys.argv[1:])
