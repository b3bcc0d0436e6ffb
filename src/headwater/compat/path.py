"""Where the package `metaflow` is that answers for Metaflow's, and how a process gets it."""

import os
import sys


def shim_folder() -> str:
    """The folder to put on PYTHONPATH."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "shim")


def activate() -> str:
    """From now on `import metaflow` is answered by Headwater, in this process and in those that it starts.

    Returns the folder that does it. What was imported from another Metaflow before stays as it is.
    """
    folder = shim_folder()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if folder not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *paths])
    return folder
