"""What a caller in Python chose, as options and settings of a run."""

import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

from headwater.errors import UsageError
from headwater.runner.interactive import is_notebook
from headwater.runner.options import Isolation, OnFailure, RunOptions, options_of
from headwater.settings import Settings, resolve_settings

Word = TypeVar("Word", bound=StrEnum)


class Chosen(NamedTuple):
    """How a run is to be done, and whether its progress is shown."""

    options: RunOptions
    settings: Settings
    quiet: bool


def choose(
    tags: str | Iterable[str],
    max_workers: int | None,
    with_: str | Iterable[str],
    isolation: str | None,
    datastore_root: str | os.PathLike[str] | None,
    namespace: str | None,
    quiet: bool | None,
    on_failure: str | None,
) -> Chosen:
    """Every choice, else what the settings say; UsageError for a word that is none of those there are."""
    root = None if datastore_root is None else os.fspath(datastore_root)
    settings = resolve_settings(os.environ, Path.cwd(), root)
    defaults = options_of(settings)
    if max_workers is not None and max_workers < 1:
        raise UsageError(f"max_workers is {max_workers}. Give the number of attempts that may run at once, from 1 on.")
    options = defaults._replace(
        tags=_words(tags),
        with_=_words(with_) or defaults.with_,
        max_workers=max_workers or defaults.max_workers,
        isolation=_word("isolation", Isolation, isolation, defaults.isolation),
        on_failure=_word("on_failure", OnFailure, on_failure, defaults.on_failure) or defaults.on_failure,
        namespace=namespace,
    )
    return Chosen(options, settings, _is_quiet(quiet))


def _words(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _word(name: str, kind: type[Word], given: str | None, default: Word | None) -> Word | None:
    if given is None:
        return default
    try:
        return kind(given)
    except ValueError:
        known = ", ".join(repr(one.value) for one in kind)
        raise UsageError(f"{name} is {given!r}. It can be {known}.") from None


def _is_quiet(quiet: bool | None) -> bool:
    """What was said, else whether nobody looks: stderr is no terminal, and this is no notebook."""
    if quiet is not None:
        return quiet
    if is_notebook():
        return False
    try:
        return sys.stderr is None or not sys.stderr.isatty()
    except ValueError:  # it was closed
        return True
