"""A function over many items, on all the CPUs of a step: in forks, so that neither it nor the items are pickled.

    item ─► fork: func(item) ─► a temporary file: ok, result | failed, exception ─► results, in order

Only results travel, in files, so that their size does not matter.
"""

import os
import pickle
import selectors
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar

from headwater.errors import HeadwaterError, UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")


def parallel_map(
    func: Callable[[Item], Result],
    iterable: Iterable[Item],
    max_parallel: int | None = None,
    dir: str | None = None,
) -> list[Result]:
    """`[func(item) for item in iterable]`, each call in a process of its own, at most `max_parallel` at once.

    `func` may be any callable, a lambda too. `max_parallel`: as many as there are CPUs. `dir`: where results are handed
    over. The first call that raises ends the others, and its exception is raised here.
    """
    found = dict(_numbered(func, iterable, max_parallel, dir))
    return [found[number] for number in sorted(found)]


def parallel_imap_unordered(
    func: Callable[[Item], Result],
    iterable: Iterable[Item],
    max_parallel: int | None = None,
    dir: str | None = None,
) -> Iterator[Result]:
    """The same, one result after another as they come; items are taken as there is room for them."""
    for _, result in _numbered(func, iterable, max_parallel, dir):
        yield result


def _numbered(
    func: Callable[[Item], Result], iterable: Iterable[Item], max_parallel: int | None, folder: str | None
) -> Iterator[tuple[int, Result]]:
    room = (os.cpu_count() or 1) if max_parallel is None else max_parallel
    if room < 1:
        raise UsageError(f"max_parallel is {max_parallel}. Give the number of processes at once, from 1 on.")
    items = enumerate(iterable)
    with tempfile.TemporaryDirectory(prefix="headwater-map-", dir=folder) as made, _Running() as running:
        while True:
            while len(running.pids) < room and (found := next(items, None)) is not None:
                number, item = found
                running.start(number, partial(_call, func, item, Path(made, str(number))))
            if not running.pids:
                return
            for number, code in running.wait():
                yield number, _read(Path(made, str(number)), number, code)


class _Running:
    """Forks, each with a pipe that nobody writes to: it is at its end when the fork is."""

    def __init__(self) -> None:
        self.pids: dict[int, tuple[int, int]] = {}  # the pipe -> the process and the item's number
        self._selector = selectors.DefaultSelector()

    def start(self, number: int, call: Callable[[], None]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            _be_fork(call)
        os.close(theirs)
        self.pids[ours] = pid, number
        self._selector.register(ours, selectors.EVENT_READ)

    def wait(self) -> list[tuple[int, int]]:
        """(item's number, exit code) of those that have ended, at least one."""
        return [self._reap(key.fd) for key, _ in self._selector.select()]

    def _reap(self, pipe: int) -> tuple[int, int]:
        self._selector.unregister(pipe)
        os.close(pipe)
        pid, number = self.pids.pop(pipe)
        return number, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for pid, _ in self.pids.values():
            os.kill(pid, signal.SIGKILL)
        for pipe in list(self.pids):
            self._reap(pipe)
        self._selector.close()


def _be_fork(call: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        call()
        sys.stdout.flush()
        sys.stderr.flush()
        code = 0
    except BaseException:  # noqa: BLE001  nothing may get out of a fork: the caller's code would go on in it
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _call(func: Callable[[Item], Result], item: Item, target: Path) -> None:
    answer: tuple[bool, Any]
    try:
        answer = True, func(item)
    except Exception as exc:  # noqa: BLE001  it is raised again by whoever asked
        exc.add_note("".join(traceback.format_exception(exc)).rstrip())
        answer = False, exc
    try:
        content = pickle.dumps(answer, protocol=5)
    except Exception as exc:  # noqa: BLE001  whatever a value's own code raises while it is stored
        what = "the result" if answer[0] else f"the exception {answer[1]!r}"
        content = pickle.dumps((False, HeadwaterError(f"{what} cannot be handed over: {type(exc).__name__}: {exc}")))
    target.write_bytes(content)


def _read(file: Path, number: int, code: int) -> Any:
    if code != 0 or not file.exists():
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise HeadwaterError(f"The process of item {number} ended with {how} and left no result. Look at its output.")
    worked, value = pickle.loads(file.read_bytes())
    file.unlink()
    if worked:
        return value
    raise value
