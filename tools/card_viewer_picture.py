"""The picture of `card server` for the docs, light and dark: `python tools/card_viewer_picture.py` (needs Chromium).

examples/report.py is run in a folder of its own, and its cards are served from there.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from card_pictures import PICTURES, ROOT, THEMES, open_browser
from PIL import Image

SIZE = (1180, 700)


@contextmanager
def served() -> Iterator[str]:
    """The address of the viewer of a run of the example."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.py").write_text((ROOT / "examples" / "report.py").read_text("utf-8"), "utf-8")
        environ = {**os.environ, "HEADWATER_USER": "ada", "HEADWATER_DATASTORE_ROOT": f"{folder}/root"}
        command = [sys.executable, "report.py"]
        subprocess.run([*command, "--quiet", "run"], cwd=folder, env=environ, check=True, capture_output=True)
        with _server([*command, "card", "server", "--port", "0", "--json"], folder, environ) as address:
            yield address


@contextmanager
def _server(command: list[str], folder: str, environ: Mapping[str, str]) -> Iterator[str]:
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"]
    finally:
        process.kill()
        process.communicate()


def draw(address: str) -> None:
    with open_browser() as browser:
        for theme in THEMES:
            tab = browser.new_page(color_scheme=theme, viewport={"width": SIZE[0], "height": SIZE[1]})
            tab.goto(address)
            tab.locator("nav button", has_text="fit/2").click()
            tab.frame_locator("#page").locator(".chart svg").first.wait_for()
            target = PICTURES / f"card-viewer-{theme}.png"
            tab.screenshot(path=target)
            Image.open(target).convert("RGB").quantize(128).save(target, optimize=True)
            tab.close()


if __name__ == "__main__":
    with served() as address:
        draw(address)
