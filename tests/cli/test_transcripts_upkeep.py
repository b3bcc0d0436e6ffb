"""`headwater rm`, `du` and `gc`, as they are typed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Answer, Command


def document(answer: Answer, code: int = 0) -> dict[str, Any]:
    assert answer.code == code, answer.err
    (line,) = answer.out.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def newest(headwater: Command, flow: str = "Greeting") -> str:
    """The pathspec of a flow's newest run."""
    answer = headwater("runs", flow, "--limit", "1", "--json")
    return str(json.loads(answer.out)["pathspec"])


def listed(headwater: Command) -> list[str]:
    return [json.loads(line)["pathspec"] for line in headwater("runs", "--all", "--json").out.splitlines()]


def test_a_run_is_removed_and_comes_back(python: Command, headwater: Command) -> None:
    python("greeting.py", "--quiet", "run")
    run = newest(headwater)
    answer = headwater("rm", run, "--yes")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith(f"Removed {run}. `headwater gc --yes` frees about ")
    assert "headwater rm --undo" in answer.err
    assert listed(headwater) == []
    missing = headwater("rm", run, "--yes")
    assert (missing.code, missing.out) == (1, "")
    assert f"There is no run {run}" in missing.err
    assert headwater("rm", "--undo").err == f"{run} is back.\n"
    assert listed(headwater) == [run]
    assert "['hello ann', 'hello bob']" in headwater("show", f"{run}/end/0/texts").out


def test_nothing_is_removed_unasked(python: Command, headwater: Command) -> None:
    python("greeting.py", "--quiet", "run")
    run = newest(headwater)
    answer = headwater("rm", run)
    assert answer.code == 2
    assert f"Remove {run} (" in answer.err
    assert "--yes" in answer.err
    looked = headwater("rm", run, "--dry-run")
    assert looked.code == 0
    assert f"{run} would be removed" in looked.out
    for words, said in (
        (["rm", f"{run}/start"], "Only runs and flows can be removed"),
        (["rm", "--undo", run], "--undo brings back the whole"),
        (["rm", "--yes"], "Name the runs to remove"),
        (["gc", "--yes", "--dry-run"], "Give one of them"),
        (["gc", "--keep-failed"], "--keep-last N or --older-than"),
        (["gc", "--older-than", "soon"], "is no moment"),
    ):
        refused = headwater(*words)
        assert (refused.code, refused.out) == (2, ""), words
        assert said in refused.err
    assert listed(headwater) == [run]


def test_somebody_at_a_terminal_is_asked(
    python: Command, headwater: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    python("greeting.py", "--quiet", "run")
    run = newest(headwater)
    for said, stays in (("n", [run]), ("y", [])):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "headwater", "rm", run],
            cwd=tmp_path,
            env=environ,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.write(ours, f"{said}\n".encode())
        code = process.wait(30)
        text = os.read(ours, 1 << 16).decode()
        os.close(theirs)
        os.close(ours)
        assert f"Remove {run} (" in text
        assert code == len(stays)
        assert listed(headwater) == stays


def test_a_whole_flow_is_removed_but_for_what_is_pinned(python: Command, headwater: Command) -> None:
    for tag in ("keep", "other"):
        python("greeting.py", "--quiet", "run", "--tag", tag)
    python("failing.py", "--quiet", "run")
    pinned = listed(headwater)[-1]
    refused = headwater("rm", "Greeting", "--yes")
    assert refused.code == 1
    assert f"headwater tag remove {pinned} keep" in refused.err
    assert refused.err.endswith("Nothing was removed.\n")
    told = document(headwater("rm", "Greeting", "--yes", "--json"), code=1)
    assert told["refused"] == [{"pathspec": pinned, "why": "tagged 'keep'", "by": []}]
    assert told["removed"] == []
    assert headwater("tag", "remove", pinned, "keep").code == 0
    done = document(headwater("rm", "Greeting", "--yes", "--json"))
    assert len(done["removed"]) == 2
    assert done["freed"] > 0
    assert [run.partition("/")[0] for run in listed(headwater)] == ["Failing"]
    assert document(headwater("rm", "--undo", "--json"))["brought_back"] == sorted(done["removed"])


def test_a_run_that_lives_is_not_removed(python: Command, headwater: Command, tmp_path: Path) -> None:
    python("greeting.py", "--quiet", "run")
    run = newest(headwater)
    flow, _, run_id = run.partition("/")
    # What a process of the run holds as long as it lives.
    code = (
        "import sys; from headwater.storage.liveness import hold; from headwater.storage.local import LocalStorage\n"
        f"lock = hold(LocalStorage({str(tmp_path / 'root')!r}), {flow!r}, {run_id!r}); print('held', flush=True)\n"
        "sys.stdin.read()"
    )
    (tmp_path / "root" / "flows" / flow / run_id / "end.json").unlink()
    (tmp_path / "root" / "index.db").unlink()
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        answer = headwater("rm", run, "--yes")
        swept = document(headwater("gc", "--keep-last", "0", "--yes", "--json"))
        holder.communicate()
    assert answer.code == 1
    assert f"{run} is running" in answer.err
    assert swept["runs"] == []
    assert listed(headwater) == [run]


def test_gc_says_what_would_go_and_then_does_it(python: Command, headwater: Command, tmp_path: Path) -> None:
    for _ in range(3):
        python("greeting.py", "--quiet", "run")
    third, second, first = listed(headwater)
    bare = headwater("gc")
    assert "say which with --keep-last N or --older-than 30d" in bare.out
    dry = headwater("gc", "--keep-last", "1")
    assert dry.code == 0
    lines = dry.out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == [second, first]
    assert "2 runs would be removed, about " in dry.out
    assert "1 run would stay: 1 among the last." in lines
    assert dry.err == "Nothing was removed. Add --yes to do it.\n"
    would = document(headwater("gc", "--keep-last", "1", "--json"))
    assert [one["pathspec"] for one in would["runs"]] == [second, first]
    assert would["kept"] == {"among the last": 1}
    assert listed(headwater) == [third, second, first]
    assert document(headwater("gc", "--older-than", "1h", "--json"))["runs"] == []

    done = headwater("gc", "--keep-last", "1", "--yes")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("Removed 2 runs and ")
    assert listed(headwater) == [third]
    again = document(headwater("gc", "--keep-last", "1", "--yes", "--json"))
    assert (again["runs"], again["values"], again["bytes"]) == ([], 0, 0)
    assert headwater("show", f"{third}/end/0/texts").code == 0
    nowhere = headwater("gc", "--keep-last", "1", "--flow", "Nowhere")
    assert nowhere.code == 1
    assert "There is no run of Nowhere" in nowhere.err


def test_what_takes_space_is_told_in_every_depth(python: Command, headwater: Command) -> None:
    python("greeting.py", "--quiet", "run")
    run = newest(headwater)
    for words, header, first in (
        ([], ["flow", "runs", "values", "records", "logs"], "Greeting"),
        (["Greeting"], ["run", "values"], run),
        ([run], ["step", "attempts", "values"], "greet"),
        (["Greeting/latest/greet"], ["artifact", "times", "values"], "text"),
        ([f"{run}/greet/1"], ["artifact", "times", "values"], "text"),
    ):
        lines = headwater("du", *words).out.splitlines()
        assert lines[0].split()[: len(header)] == header
        assert lines[1].split()[0] == first
        told = document(headwater("du", *words, "--json"))
        assert told["parts"][0]["name"] == first
        assert told["total"] >= sum(part["total"] for part in told["parts"]) > 0
    for words in (["Nowhere"], ["Greeting/17"], [f"{run}/nowhere"]):
        assert headwater("du", *words).code == 1
    artifact = headwater("du", f"{run}/greet/0/text")
    assert artifact.code == 2
    assert "headwater show" in artifact.err


def test_a_bucket_is_not_swept_and_the_way_out_is_told(headwater: Command) -> None:
    for words in (["gc", "--keep-last", "1"], ["rm", "Flow/1", "--yes"], ["rm", "--undo"]):
        answer = headwater(*words, "--datastore-root", "memory://nothing")
        assert (answer.code, answer.out) == (1, "")
        assert "cannot be removed from memory://nothing yet" in answer.err
        assert "own rules" in answer.err


def test_a_root_that_does_not_exist_is_empty_and_stays_away(headwater: Command, tmp_path: Path) -> None:
    assert headwater("du").code == 0
    assert headwater("gc").code == 0
    for words in (["gc", "--yes"], ["rm", "--undo"], ["rm", "Flow/1", "--yes"]):
        answer = headwater(*words)
        assert (answer.code, answer.out) == (1, "")
        assert "There is no run" in answer.err
    assert not (tmp_path / "root").exists()
