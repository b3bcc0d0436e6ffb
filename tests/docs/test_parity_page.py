"""The page that compares Headwater with Metaflow says what the rows say."""

import subprocess
import sys
from pathlib import Path

from headwater.compat.parity import features

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "metaflow-parity.md"


def test_the_page_is_made_from_the_rows(tmp_path: Path) -> None:
    made = tmp_path / "page.md"
    subprocess.run([sys.executable, ROOT / "tools" / "parity_page.py", made], check=True, timeout=60)
    assert made.read_text() == PAGE.read_text(), "Make it anew: make parity"


def test_every_row_stands_on_the_page() -> None:
    text = PAGE.read_text()
    assert [row.name for row in features() if row.name not in text] == []
