"""A real browser: the one that is installed here, started once for a file of tests.

Not once for all: while Playwright is open its event loop runs, and tests that start one of their own cannot.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
Theme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A missing browser fails in CI and skips elsewhere."""
    program = next(filter(None, map(which, PROGRAMS)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("No browser is installed: CI installs Chromium.")
        pytest.skip("no browser is installed; apt-get install chromium")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=program, args=["--no-sandbox"]) as started,
    ):
        yield started


class Reader:
    """Somebody who looks at a card, and notes what the browser complains of and asks the network for."""

    def __init__(self, browser: Browser, folder: Path, theme: Theme = "light", width: int = 1100) -> None:
        self.folder = folder
        self.tab: Page = browser.new_page(color_scheme=theme, viewport={"width": width, "height": 900})
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._url = ""
        self.tab.on("console", self._hear)
        self.tab.on("pageerror", self._break)
        self.tab.on("request", self._note)

    def open(self, html: str) -> Page:
        """The page as a file of its own."""
        file = self.folder / "card.html"
        file.write_text(html, "utf-8")
        self._url = file.as_uri()
        self.tab.goto(self._url)
        return self.tab

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _break(self, error: Error) -> None:
        self.complaints.append(str(error))

    def _note(self, request: Request) -> None:
        if request.url != self._url:
            self.requests.append(request.url)

    def tells(self, script: str) -> Any:
        return self.tab.evaluate(script)

    def is_content(self) -> bool:
        """Nothing was complained of, and nothing asked for; what stands in the page itself is no request."""
        return not self.complaints and not [url for url in self.requests if not url.startswith("data:")]

    def fits(self) -> bool:
        """Nothing sticks out at the right."""
        wide: bool = self.tells("document.documentElement.scrollWidth <= innerWidth")
        return wide


@pytest.fixture
def reader(browser: Browser, tmp_path: Path) -> Iterator["Readers"]:
    readers = Readers(browser, tmp_path)
    yield readers
    for one in readers.made:
        one.tab.close()


class Readers:
    """Makes readers, and ends them with the test."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.made: list[Reader] = []

    def __call__(self, theme: Theme = "light", width: int = 1100) -> Reader:
        self.made.append(Reader(self._browser, self._folder, theme, width))
        return self.made[-1]
