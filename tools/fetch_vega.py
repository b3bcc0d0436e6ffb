"""Fetches what draws the charts of cards: `python tools/fetch_vega.py` (needs npm).

Vega, Vega-Lite and Vega-Embed, as their makers built them, become src/headwater/cards/vega.js; their licences and those
of what is built into them stand in vega.LICENSE beside it. Versions and checksums are pinned here; a new version is a
change of this file.
"""

import hashlib
import json
import subprocess
import sys
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
        name="vega-lite",
        version="6.5.0",
        file="build/vega-lite.min.js",
        sha256="83e215e84e308ee8688fa6503ba0f1cf8a3c05c0d61df2841a0b92bf86809e00",
    ),
    Library(
        name="vega-embed",
        version="7.3.0",
        file="build/vega-embed.min.js",
        sha256="b1455caba2fb1a72fb46025ba0ba1316e2dbc7f0dd40a3f6040172bf9c08ba91",
    ),
)
#: What only their command lines use: it is in no script.
_NOT_BUILT_IN = frozenset(
    {
        *("ansi-regex", "ansi-styles", "cliui", "commander", "emoji-regex", "escalade", "get-caller-file"),
        *("get-east-asian-width", "iconv-lite", "rw", "safer-buffer", "string-width", "strip-ansi", "wrap-ansi"),
        *("y18n", "yargs", "yargs-parser"),
    }
)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        specs = [f"{library.name}@{library.version}" for library in LIBRARIES]
        options = ["--silent", "--ignore-scripts", "--omit=dev", "--omit=optional", "--no-audit", "--no-fund"]
        (folder / "package.json").write_text("{}")
        subprocess.run(["npm", "install", *options, *specs], cwd=folder, check=True)
        packages = folder / "node_modules"
        scripts = "\n".join(_script(packages / library.name, library) for library in LIBRARIES)
        (TARGET / "vega.js").write_text(scripts, "utf-8")
        (TARGET / "vega.LICENSE").write_text(_licences(packages), "utf-8")


def _script(package: Path, library: Library) -> str:
    """As it was built, without the line that names its source map."""
    script = (package / library.file).read_bytes()
    found = hashlib.sha256(script).hexdigest()
    if found != library.sha256:
        sys.exit(f"{library.name} {library.version}: {library.file} has the checksum {found}, not {library.sha256}.")
    lines = [line for line in script.decode().splitlines() if not line.startswith("//# sourceMappingURL")]
    # What would end a script that stands in a page, or begin a comment there; it occurs in texts alone.
    return "\n".join(lines).replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _licences(packages: Path) -> str:
    """Each licence once, below the packages that are under it."""
    under: dict[str, list[str]] = {}
    for file in sorted(packages.glob("*/LICENSE*")):
        if file.parent.name not in _NOT_BUILT_IN:
            about = json.loads((file.parent / "package.json").read_text("utf-8"))
            text = "\n".join(line.rstrip() for line in file.read_text("utf-8").strip().splitlines())
            under.setdefault(text, []).append(f"{about['name']} {about['version']}")
    return f"\n{'-' * 78}\n\n".join(f"{', '.join(names)}\n\n{text}\n" for text, names in under.items())


if __name__ == "__main__":
    main()
