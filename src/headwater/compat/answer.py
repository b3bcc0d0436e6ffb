"""The package `metaflow` and its modules, made from the table of names when they are imported.

With it the process is in compatibility mode: what the environment says to Metaflow is said to Headwater.

A name is looked up when it is asked for. One that nothing answers for is there all the same, and tells which feature it
is when it is used.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from headwater.compat import settings
from headwater.compat.names import LATER, MODULES, NAMES
from headwater.compat.path import shim_folder
from headwater.errors import NotCovered

_ROOT = "metaflow"


def answer(name: str) -> None:
    """Make the module of that name, which is being imported, the one of the table; and its modules importable."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        settings.apply(os.environ)
    _fill(sys.modules[name])


def resolve(module: str, name: str) -> Any:
    """What answers for a name; AttributeError where Metaflow has no such name."""
    target = NAMES.get(module, {}).get(name)
    if target is not None:
        home, _, attribute = target.partition(":")
        return getattr(import_module(home), attribute)
    reason = LATER.get(module, {}).get(name)
    if reason is not None:
        return Uncovered(f"{module}.{name}", reason)
    if f"{module}.{name}" in MODULES:
        return import_module(f"{module}.{name}")
    raise AttributeError(f"module {module!r} has no attribute {name!r}")


class Uncovered:
    """A name of Metaflow's that nothing answers for: to have it is no error, to use it is."""

    def __init__(self, feature: str, reason: str) -> None:
        self._feature = feature
        self._reason = reason

    def _refuse(self) -> NotCovered:
        return NotCovered(self._feature, self._reason)

    def __call__(self, *_arguments: object, **_options: object) -> Any:
        raise self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._refuse()

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        raise self._refuse()

    def __enter__(self) -> Any:
        raise self._refuse()

    def __exit__(self, *_exc: object) -> None: ...

    def __repr__(self) -> str:
        return f"<{self._feature}, which Headwater does not cover>"


class _Finder:
    """Modules below `metaflow`, each filled from the table. No subclass of the ABCs: importing them takes long."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{_ROOT}.") or not _is_ours(sys.modules.get(_ROOT)):
            return None
        if fullname in MODULES:
            loader: Any = self
            return ModuleSpec(fullname, loader, is_package=True)
        raise ModuleNotFoundError(
            f"Headwater has no answer for the module {fullname!r}. "
            "`headwater compat check FILE` lists what a flow uses of Metaflow, and how each is here.",
            name=fullname,
        )

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        _fill(module)


def _is_ours(module: ModuleType | None) -> bool:
    """Not a Metaflow that is installed, which may have been imported in this process as well."""
    return module is not None and getattr(module, "__file__", None) == os.path.join(shim_folder(), _ROOT, "__init__.py")


def _fill(module: ModuleType) -> None:
    name = module.__name__
    public = sorted({*NAMES.get(name, {}), *LATER.get(name, {})} - {"__version__"})

    def __getattr__(asked: str) -> Any:  # noqa: N807  the name that Python asks a module for
        value = resolve(name, asked)
        setattr(module, asked, value)
        return value

    module.__dict__.update(__getattr__=__getattr__, __all__=public, __dir__=lambda: [*public, "__version__"])
