"""What an author probably meant, where Python's own words leave it open: names nearly right, imports forgotten."""

import builtins
import os
import sys
from types import TracebackType

from headwater.flow.spec import FlowSpec
from headwater.wording import nearest

#: What a module is installed by, where that is called otherwise.
_PACKAGES = {
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
#: What everybody calls a module.
_ALIASES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "pl": "import polars as pl",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
}


def suggestion(exc: BaseException) -> str:
    """One sentence of what to do; "" where nothing is known to be near."""
    try:
        if isinstance(exc, ModuleNotFoundError):
            return _install(exc.name or "")
        if isinstance(exc, NameError):
            return _other_name(exc.name or "", exc.__traceback__)
        if isinstance(exc, AttributeError):
            return _other_attribute(exc)
        if type(exc).__name__ == "BdbQuit" and not os.isatty(0):
            return (
                "A debugger opened where nobody can type. Run the step in the foreground: spin STEP --isolation none."
            )
    except Exception:  # noqa: BLE001  objects of others are asked for their attributes: they may do anything
        return ""
    return ""


def _install(module: str) -> str:
    package = _PACKAGES.get(module.partition(".")[0])
    if package is not None:
        return f"Install it: {sys.executable} -m pip install {package}"
    return f"Install it for {sys.executable}, or correct the name."


def _other_name(name: str, trace: TracebackType | None) -> str:
    if name in _ALIASES:
        return f"Is an import missing? Put `{_ALIASES[name]}` at the top of the file."
    if name in sys.stdlib_module_names:
        return f"Is an import missing? Put `import {name}` at the top of the file."
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    known = {*dir(builtins)}
    if trace is not None:
        known |= {*trace.tb_frame.f_locals, *trace.tb_frame.f_globals}
        if _has(trace.tb_frame.f_locals.get("self"), name):
            return f"Did you mean self.{name}?"
    return _near(name, known)


def _has(owner: object, name: str) -> bool:
    """Whether `self` has the name; of a flow without loading what it would be."""
    inherited = isinstance(owner, FlowSpec) and owner._hw_state.has(name)
    return inherited or name in getattr(owner, "__dict__", {}) or hasattr(type(owner), name)


def _other_attribute(exc: AttributeError) -> str:
    if not exc.name or exc.obj is None:  # of None nothing is near; of others it was not told
        return ""
    return _near(exc.name, set(dir(exc.obj)))


def _near(name: str, known: set[str]) -> str:
    """The nearest public name."""
    public = sorted(each for each in known if isinstance(each, str) and not each.startswith("_"))
    close = nearest(name, public, likeness=0.7)
    return f"Did you mean {close!r}?" if close else ""
