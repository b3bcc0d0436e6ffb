"""The pictures in the docs: made by the tools, all there, and free of what does not belong there."""

import importlib.util
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]


def load_maker() -> Any:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "tools" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = load_maker()
NAMES = [picture.name for picture in MAKER.ALL]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_there_and_loads_nothing_from_elsewhere(name: str) -> None:
    text = (ROOT / "docs" / "pictures" / f"{name}.svg").read_text()
    ElementTree.fromstring(text)
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "/tmp" not in text


def test_the_screen_shows_the_last_frame_below_the_lines_that_stay() -> None:
    screen = MAKER.Screen(40)
    frames = (
        "begins\n",
        "\x1b[?2026h\rone\x1b[K\ntwo\x1b[K\n\x1b[J\x1b[?2026l",
        "\x1b[?2026h\r\x1b[2A\x1b[Jsaid\nthree\x1b[K\n\x1b[J\x1b[?2026l",
    )
    whole = "".join(frames)
    for place in range(0, len(whole), 5):  # as it may come out of a pipe
        screen.feed(whole[place : place + 5])
    assert screen.rows == ["begins", "said", "three", ""]


def test_every_picture_that_a_page_shows_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    shown = {
        (page.parent / source).resolve()
        for page in pages
        for source in re.findall(r"""(?:src|srcset)="([^":]+\.(?:png|svg))\"""", page.read_text("utf-8"))
    }
    assert [str(file) for file in sorted(shown) if not file.is_file()] == []
    assert (ROOT / "docs" / "pictures" / "card-default-dark.png").resolve() in shown
