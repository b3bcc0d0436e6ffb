"""What `@exit_hook` asks for: functions of the author's, called when the end of a run is written.

    end.json ─► for each function: python -m headwater.runner.hook ── stdout, stderr ──► listener
                                     │ ended by us: too late, Ctrl-C

Each function has a process of its own, which has imported the flow's file. How it goes is told, and changes nothing of
the run's outcome.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from headwater.hosts.surroundings import client_variables
from headwater.records.flow_decorators import ExitHook
from headwater.records.log import Stream
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.runner.hook_call import Call
from headwater.runner.plan import RunPlan
from headwater.scheduler.events import HookEnded, HookOutput, Listener, Notice
from headwater.scheduler.interrupts import Interrupts

_PAUSE_S = 0.1  # between looks at the clock and at signals


def functions_for(plan: RunPlan, end: RunEnd) -> list[str]:
    """What is to be called after a run that ended so, in the order of the source."""
    hooks = [one for one in plan.flow_decorators if isinstance(one, ExitHook)]
    succeeded = end.outcome is RunOutcome.SUCCEEDED
    return [name for hook in hooks for name in (hook.on_success if succeeded else hook.on_error)]


class Hooks:
    """The functions that are called after one run."""

    def __init__(self, plan: RunPlan, run: RunRecord, root: str, listener: Listener, interrupts: Interrupts) -> None:
        self._plan = plan
        self._run = run
        self._root = root
        self._listener = listener
        self._interrupts = interrupts

    def call(self, functions: list[str]) -> None:
        """Call one after the other; a signal ends the one that runs and leaves out the rest."""
        before = len(self._interrupts.received)
        for place, function in enumerate(functions):
            self._call(function, before)
            if len(self._interrupts.received) > before:
                left = functions[place + 1 :]
                if left:
                    self._listener(Notice(f"Exit hooks were left out: {', '.join(map(_short, left))}."))
                return

    def _call(self, function: str, signals: int) -> None:
        begun = time.monotonic()
        plan, run = self._plan, self._run
        call = Call(
            file=str(plan.file),
            class_name=plan.graph.name,
            module=plan.flow.__module__,
            function=function,
            run=f"{run.flow}/{run.run_id}",
            root=self._root,
            driver=os.getpid(),
            path=tuple(sys.path) if plan.embedded else (),
        )
        with subprocess.Popen(
            [sys.executable, "-m", "headwater.runner.hook", msgspec.json.encode(call).decode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **client_variables(run, self._root)},
            process_group=0,
        ) as process:
            try:
                problem = self._follow(process, _short(function), begun, signals)
            except BaseException:
                _signal(process, signal.SIGKILL)
                raise
        self._listener(HookEnded(_short(function), time.monotonic() - begun, problem))

    def _follow(self, process: "subprocess.Popen[bytes]", name: str, begun: float, signals: int) -> str:
        """Tell what it prints until it has ended; why it did not end well, "" when it did."""
        limit_s, grace_s = self._plan.options.hook_timeout_s, self._plan.options.grace_s
        ended_why, kill_at = "", 0.0
        for lines in self._read(process):
            for stream, payload in lines:
                self._listener(HookOutput(name, stream, payload))
            now = time.monotonic()
            if not ended_why:
                late = now - begun >= limit_s
                ended_why = f"it was ended after {limit_s:g} s" if late else ""
                if len(self._interrupts.received) > signals:
                    ended_why = "it was ended, as was asked for"
                if ended_why:
                    _signal(process, signal.SIGTERM)
                    kill_at = now + grace_s
            elif now >= kill_at:
                _signal(process, signal.SIGKILL)
        code = process.wait()
        if ended_why:
            return ended_why
        if code < 0:
            return f"signal {signal.Signals(-code).name} ended it"
        return f"exit code {code}" if code else ""

    def _read(self, process: "subprocess.Popen[bytes]") -> Iterator[list[tuple[Stream, bytes]]]:
        """Lines as they come, at least a few times a second; its forks may hold the pipes for longer than it lives."""
        assert process.stdout is not None
        assert process.stderr is not None
        rest = {Stream.STDOUT: b"", Stream.STDERR: b""}
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ, Stream.STDOUT)
            selector.register(process.stderr, selectors.EVENT_READ, Stream.STDERR)
            while selector.get_map() or process.poll() is None:
                ready = selector.select(_PAUSE_S)
                lines: list[tuple[Stream, bytes]] = []
                for key, _ in ready:
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fileobj)
                    *whole, rest[key.data] = (rest[key.data] + data).split(b"\n")
                    lines += [(key.data, line) for line in whole]
                yield lines
                if not ready and process.poll() is not None:
                    break
        yield [(stream, text) for stream, text in rest.items() if text]


def _short(function: str) -> str:
    return function.partition(":")[2]


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
