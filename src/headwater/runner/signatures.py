"""The keywords of a flow's command, told by the flow: `flow.py output-raw --json`, in a process of its own."""

import inspect
import json
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from headwater.errors import CommandFailed

#: Keywords of every command that runs something, with their types as they are told.
_COMMON = {"tags": "list[str]", "max_workers": "int", "max_num_splits": "int", "max_log_size": "int"}
_OWN = {
    "run": {"with_": "list[str]", "on_failure": "str", "run_id_file": "str", "user_namespace": "str"},
    "resume": {"step_to_rerun": "str", "origin_run_id": "str", "with_": "list[str]", "run_id_file": "str"},
    "spin": {"skip_decorators": "bool", "artifacts_module": "str", "persist": "bool"},
}
_REQUIRED = inspect.Parameter.empty
_NAMES = {"int": int, "float": float, "str": str, "bool": bool}


class Told:
    """A flow that can be asked; equal ones are asked once."""

    def __init__(self, program: Sequence[str], stamp: int, cwd: str, environ: Mapping[str, str]) -> None:
        """`program`: what stands before the command; `stamp`: of the file, which may be changed."""
        self.program = tuple(program)
        self.cwd = cwd
        self.environ = dict(environ)
        self._identity = (self.program, stamp, cwd, tuple(sorted(environ.items())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)


def signature_of(command: str, flow: Told) -> inspect.Signature:
    """Parameters of the flow first, then options; CommandFailed when the flow cannot be read."""
    told = _parameters(flow) if command == "run" else {}
    keywords = [
        _keyword(name, said["type"], _REQUIRED if said["required"] else said["default"]) for name, said in told.items()
    ]
    options = _OWN[command] if command == "spin" else _OWN[command] | _COMMON
    keywords += [_keyword(name, kind) for name, kind in options.items() if name not in {one.name for one in keywords}]
    if command == "spin":
        keywords.insert(0, inspect.Parameter("pathspec", inspect.Parameter.POSITIONAL_ONLY, annotation=str))
    return inspect.Signature(keywords)


def _keyword(name: str, kind: str, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(
        name.replace("-", "_"), inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_NAMES.get(kind, kind)
    )


@lru_cache(maxsize=32)
def _parameters(flow: Told) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [*flow.program, "--json", "output-raw"],
        cwd=flow.cwd,
        env=flow.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandFailed("output-raw", done.returncode, done.stderr.strip())
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])["parameters"]
    return found
