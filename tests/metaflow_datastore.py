"""A Metaflow datastore written by hand: small, and damaged where a test wants it so."""

import gzip
import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

GRAPH = {
    "file": "small.py",
    "start_step": "start",
    "end_step": "end",
    "parameters": [{"name": "alpha", "type": "Parameter"}],
    "constants": [],
    "steps": {
        "start": {"name": "start", "type": "linear", "line": 4, "next": ["end"], "decorators": []},
        "end": {"name": "end", "type": "end", "line": 8, "next": [], "decorators": []},
    },
}


class Datastore:
    """One `.metaflow` folder."""

    def __init__(self, folder: Path, flow: str = "SmallFlow") -> None:
        self.folder = folder
        self.flow = flow

    def write(self, document: Any, *parts: str) -> Path:
        path = self.folder.joinpath(self.flow, *parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}")  # as Metaflow does it: the time of the folder tells of a change
        aside.write_text(json.dumps(document))
        aside.rename(path)
        return path

    def save(self, value: Any, protocol: int = 4) -> tuple[str, int, str]:
        """A value in its place: (sha1, bytes, type)."""
        data = pickle.dumps(value, protocol)
        sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        path = self.folder / self.flow / "data" / sha[:2] / sha
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data, 3))
        return sha, len(data), str(type(value))

    def blob(self, value: Any) -> Path:
        """Where a value is."""
        sha = self.save(value)[0]
        return self.folder / self.flow / "data" / sha[:2] / sha

    def data(
        self,
        run_id: str,
        step: str,
        task_id: str,
        values: Mapping[str, Any],
        attempt: int = 0,
        encoding: str = "pickle-v4",
    ) -> Path:
        saved = {name: self.save(value) for name, value in values.items()}
        document = {
            "datastore": "local",
            "version": "1.0",
            "attempt": attempt,
            "objects": {name: sha for name, (sha, _, _) in saved.items()},
            "info": {
                name: {"size": size, "type": kind, "encoding": encoding} for name, (_, size, kind) in saved.items()
            },
        }
        return self.write(document, run_id, step, task_id, f"{attempt}.data.json")

    def fact(self, place: Sequence[str], name: str, value: Any, time: int, attempt: int = 0) -> None:
        document = {
            "field_name": name,
            "type": name,
            "value": value,
            "tags": [f"attempt_id:{attempt}"],
            "ts_epoch": time,
        }
        self.write(document, *place, "_meta", f"sysmeta_{name}_{time}.json")

    def task(
        self,
        run_id: str,
        step: str,
        task_id: str,
        values: Mapping[str, Any] | None = None,
        time: int = 1_700_000_000_000,
        ok: bool = True,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """One attempt that ended."""
        place = (run_id, step, task_id)
        known = {"_task_ok": ok, "_success": ok, "_transition": None, **(values or {})}
        self.write({"ts_epoch": time}, *place, "_meta", "_self.json")
        self.write({"time": time / 1000}, *place, "0.attempt.json")
        self.data(*place, known)
        self.write("", *place, "0.DONE.lock")
        for name, value in {"attempt": "0", **(facts or {})}.items():
            self.fact(place, name, value, time + 10)
        self.fact(place, "attempt-done", "0", time + 500)

    def run(
        self, run_id: str, alpha: float = 0.5, end: bool = True, time: int = 1_700_000_000_000, **known: Any
    ) -> str:
        """A run of two steps; its pathspec. Without `end` it stopped after the first."""
        self.write({"flow_id": self.flow, "ts_epoch": time}, "_meta", "_self.json")
        document = {
            "run_number": run_id,
            "user_name": "ada",
            "tags": [],
            "system_tags": ["user:ada", "runtime:dev"],
            "ts_epoch": time,
        }
        self.write({**document, **known}, run_id, "_meta", "_self.json")
        begun = {"alpha": alpha, "name": self.flow, "_graph_info": GRAPH}
        self.task(run_id, "_parameters", "0", begun, time)
        self.task(run_id, "start", "1", {**begun, "x": 1, "_transition": (["end"], None)}, time + 1000)
        if end:
            self.task(run_id, "end", "2", {**begun, "x": 2}, time + 2000)
        return f"{self.flow}/{run_id}"
