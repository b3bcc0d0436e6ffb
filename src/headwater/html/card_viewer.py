"""The page of `card server`: the cards of a run beside the one that is looked at."""

from pathlib import Path

from headwater.markup.palette import themed

_FILE = Path(__file__).parent / "card_viewer.html"


def viewer_page(poll_s: float) -> str:
    """The page, which asks its server every `poll_s` seconds what there is."""
    page = _FILE.read_text("utf-8").replace("/*THEME*/", themed(".hw-viewer"))
    return page.replace("/*POLL*/", str(int(poll_s * 1000)))
