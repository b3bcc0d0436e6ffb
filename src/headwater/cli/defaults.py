"""What the settings say about options, as click takes it: a map from the names of parameters to values."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headwater.errors import SettingsError
from headwater.settings.resolve import read_configuration
from headwater.settings.table import SETTINGS

#: Settings that are options of every command.
_SHARED = ("quiet", "datastore_root", "with", "isolation")
_RUNNING = ("run", "resume")


def option_defaults(folder: Path) -> Mapping[str, Any] | SettingsError:
    """The options that settings say something about, seen from a folder; or what is wrong with a file or a variable."""
    try:
        said = read_configuration(os.environ, folder)
        values = {name: found[0].value for name in SETTINGS if (found := said.all(name))}
    except SettingsError as exc:
        return exc
    running = {f"hw_{name}": value for name, value in values.items() if SETTINGS[name].in_run and name not in _SHARED}
    shared = {f"hw_{name}": values[name] for name in _SHARED if name in values}
    return {**shared, **dict.fromkeys(_RUNNING, running)}


def flow_folder(cls: type) -> Path:
    """Where the file of a flow is; the working directory for a class that has none."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    return Path(file).absolute().parent if file else Path.cwd()
