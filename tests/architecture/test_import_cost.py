"""Writing a flow costs an author little: counted in modules, not in time, so that a busy machine cannot change it."""

import json
import subprocess
import sys

AUTHOR = "from headwater import FlowSpec, step, Parameter"
#: What writing a flow never needs, by its top-level name.
UNWANTED = {
    "asyncio", "blake3", "click", "cloudpickle", "concurrent", "csv", "email", "http", "importlib.metadata",
    "multiprocessing", "numpy", "obstore", "pandas", "rich", "socket", "sqlite3", "ssl", "subprocess", "tempfile",
    "unittest", "urllib.request", "zipfile", "zstandard",
}  # fmt: skip
MAX_MODULES = 120


def _modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    found = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(found.stdout))


def test_writing_a_flow_imports_nothing_heavy() -> None:
    bare = _modules_after("pass")
    added = _modules_after(AUTHOR) - bare
    heavy = {name for name in added for unwanted in UNWANTED if name == unwanted or name.startswith(f"{unwanted}.")}
    assert heavy == set()
    assert len(added) <= MAX_MODULES


def test_the_package_alone_imports_almost_nothing() -> None:
    added = _modules_after("import headwater") - _modules_after("pass")
    assert {name for name in added if name.startswith("headwater.")} == {"headwater.version"}
