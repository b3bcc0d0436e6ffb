"""Pictures of the notebook for the docs, light and dark: `python tools/notebook_pictures.py` (needs Chromium).

The notebook of the examples is executed in a folder of its own; some of its cells become PNGs in docs/pictures/. Only
the folder is called otherwise than it was.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
from jupyter_client.manager import start_new_kernel
from nbconvert import HTMLExporter
from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
SHOWN_FOLDER = "/home/ada/curves"
WIDTH, TALLEST = 900, 4000
MARGIN = 12

#: What each picture shows: the ends of the sources of its cells.
ALL = {
    "notebook-run": ['tags="notebook")\nrun'],
    "notebook-values": ['run["choose"].task', '["points"]'],
    "notebook-compare": ['"degree", "error"]]'],
    "notebook-failure": ["degrees=0)", "latest_run"],
}
SLOW = """\
import time
at_once = mean_error
def mean_error(*given):
    time.sleep(1)
    return at_once(*given)
"""


def main() -> None:
    os.environ["HEADWATER_USER"] = "ada"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notebook: Any = nbformat.read(ROOT / "examples" / "notebook.ipynb", as_version=4)
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": name}}).execute()
        pages = {name: _cells(notebook, ends) for name, ends in ALL.items()}
        pages["notebook-live"] = [_live_cell(notebook, folder)]
        for picture, cells in pages.items():
            for theme in ("light", "dark"):
                _draw(cells, picture, theme, folder)


def _cells(notebook: Any, ends: list[str]) -> list[Any]:
    return [cell for end in ends for cell in notebook.cells if cell.cell_type == "code" and cell.source.endswith(end)]


def _live_cell(notebook: Any, folder: Path) -> Any:
    """A cell while its run is half way: each task is made to take a second."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"][:3]
    (cell,) = _cells(notebook, ALL["notebook-run"])
    cell = json.loads(json.dumps(cell))
    shown = list(_displayed(folder, [*sources[:2], SLOW, sources[2]], "headwater.run(CurveFlow, max_workers=2)"))
    half = next(data for data in shown if "● 2 of 6" in data["text/html"])
    cell["source"] = 'headwater.run(CurveFlow, tags="notebook", max_workers=2)'
    cell["outputs"] = [
        {"output_type": "display_data", "data": half, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "120 points, 36 of them put aside\n"},
    ]
    return nbformat.from_dict(cell)


def _displayed(folder: Path, before: list[str], source: str) -> Iterator[dict[str, str]]:
    manager, client = start_new_kernel(cwd=str(folder))
    messages: list[dict[str, Any]] = []
    try:
        for cell in before:
            client.execute_interactive(cell, output_hook=lambda _: None)
        client.execute_interactive(source, output_hook=messages.append)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    for message in messages:
        if message["msg_type"] in ("display_data", "update_display_data"):
            yield message["content"]["data"]


def _draw(cells: list[Any], picture: str, theme: str, folder: Path) -> None:
    page = nbformat.v4.new_notebook(cells=cells)
    html, _ = HTMLExporter(theme=theme).from_notebook_node(page)
    file, target = folder / f"{picture}.html", PICTURES / f"{picture}-{theme}.png"
    file.write_text(html.replace(str(folder), SHOWN_FOLDER))
    subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(
                f"--window-size={WIDTH},{TALLEST}",
                "--virtual-time-budget=8000",
                f"--screenshot={target}",
                f"file://{file}",
            ),
        ],
        check=True,
        capture_output=True,
    )
    _crop(target)


def _crop(file: Path) -> None:
    """Without what is empty around it, and with few colours, which is all that letters need."""
    image = Image.open(file).convert("RGB")
    empty = Image.new("RGB", image.size, image.getpixel((WIDTH - 2, TALLEST - 2)))
    left, top, right, bottom = ImageChops.difference(image, empty).getbbox() or (0, 0, *image.size)
    box = (max(0, left - MARGIN), max(0, top - MARGIN), min(WIDTH, right + MARGIN), bottom + MARGIN)
    image.crop(box).quantize(128).save(file, optimize=True)


if __name__ == "__main__":
    main()
