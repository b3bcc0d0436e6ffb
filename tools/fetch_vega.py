"""Fetches what draws the charts of cards: `python tools/fetch_vega.py` (needs npm).

Vega, Vega-Lite and Vega-Embed, as their makers built them, become src/headwater/cards/vega.js, with their licences
beside it. Versions and checksums are pinned here; a new version is a change of this file.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src" / "headwater" / "cards"


class Library(NamedTuple):
    """One package of the npm registry."""

    name: str
    version: str
    file: str  # within the package
    sha256: str  # of that file


#: In the order in which they are loaded.
LIBRARIES = (
    Library(
        name="vega",
        version="6.4.0",
        file="build/vega.min.js",
        sha256="8f6a3587cf8d4f42c7e08120e3eb05d067e746d554e39d2dcf52acc0bd5ba28f",
    ),
    Library(
        "vega-lite",
        "6.5.0",
        "build/vega-lite.min.js",
        "83e215e84e308ee8688fa6503ba0f1cf8a3c05c0d61df2841a0b92bf86809e00",
    ),
    Library(
        "vega-embed",
        "7.3.0",
        "build/vega-embed.min.js",
        "b1455caba2fb1a72fb46025ba0ba1316e2dbc7f0dd40a3f6040172bf9c08ba91",
    ),
)


def main() -> None:
    scripts, licences = [], []
    with tempfile.TemporaryDirectory() as folder:
        for library in LIBRARIES:
            script, licence = _fetch(library, Path(folder))
            scripts.append(script)
            licences.append(f"{library.name} {library.version}\n\n{licence.strip()}\n")
    (TARGET / "vega.js").write_text("\n".join(scripts), "utf-8")
    (TARGET / "vega.LICENSE").write_text(f"\n{'-' * 78}\n\n".join(licences), "utf-8")


def _fetch(library: Library, folder: Path) -> tuple[str, str]:
    """The script, without the line that names its source map, and the licence."""
    spec = f"{library.name}@{library.version}"
    done = subprocess.run(["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True, text=True)
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        script, licence = (_member(archive, f"package/{name}") for name in (library.file, "LICENSE"))
    found = hashlib.sha256(script).hexdigest()
    if found != library.sha256:
        sys.exit(f"{spec}: {library.file} has the checksum {found}, not {library.sha256}.")
    lines = [line for line in script.decode().splitlines() if not line.startswith("//# sourceMappingURL")]
    return _for_a_page("\n".join(lines)), licence.decode()


def _for_a_page(script: str) -> str:
    """Without what would end a script that stands in a page, or begin a comment there; it occurs in texts alone."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"The package has no {name}.")
    return file.read()


if __name__ == "__main__":
    main()
