"""What a caller in Python chose, as options and settings of a run."""

import os
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from headwater.errors import UsageError
from headwater.flow.attached import attached_to
from headwater.flow.flow_decorators import OPTIONS
from headwater.flow.parameters import parameters_of
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


def take_flow_options(flow_class: type, keywords: dict[str, Any]) -> dict[str, Any]:
    """Take out of the keywords what flow decorators offer: `branch` of a flow with @project.

    A name that is only a parameter of the flow stays.
    """
    borne = {name for one in attached_to(flow_class) for name in OPTIONS.get(one.name, ())}
    parameters = {spelling for name, one in parameters_of(flow_class).items() for spelling in (name, one.name)}
    offered = {name for names in OPTIONS.values() for name in names if name in borne or name not in parameters}
    return {name: keywords.pop(name) for name in sorted(offered & keywords.keys())}


def with_flow_options(chosen: Chosen, of_the_flow: Mapping[str, Any]) -> Chosen:
    """The same with options of flow decorators; None is not said."""
    said = {name: value for name, value in of_the_flow.items() if value is not None}
    choices = chosen.options.choices._replace(options=said)
    return chosen._replace(options=chosen.options._replace(choices=choices))


def with_configs(chosen: Chosen, configs: Mapping[str, Any] | None) -> Chosen:
    """The same with configs by their names: texts and paths name files, all else is their value."""
    said = dict(configs or {})
    files = {name: os.fspath(one) for name, one in said.items() if isinstance(one, (str, os.PathLike))}
    values = {name: one for name, one in said.items() if name not in files}
    choices = chosen.options.choices._replace(config_files=files, config_values=values)
    return chosen._replace(options=chosen.options._replace(choices=choices))


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
