"""An attempt's process begins and ends as a fresh interpreter would, whatever its host."""

import fcntl
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from headwater.testing.local_bench import Bench, BenchMaker, process_lives, wait_until

KINDS = pytest.mark.parametrize("kind", ["fork", "spawn"])


def printed(b: Bench, step: str = "f") -> list[str]:
    b.run(step)
    return [line.text for _, line in b.lines]


@KINDS
def test_an_attempt_leads_its_own_process_group(bench: BenchMaker, kind: str) -> None:
    assert printed(bench("def f(spec): print(os.getpid() == os.getpgid(0))", kind)) == ["True"]


@KINDS
def test_stdin_is_empty(bench: BenchMaker, kind: str) -> None:
    assert printed(bench("def f(spec): print(repr(sys.stdin.read()), repr(os.read(0, 10)))", kind)) == ["'' b''"]


@KINDS
def test_signals_have_their_default_handlers(bench: BenchMaker, kind: str) -> None:
    code = """
    def f(spec):
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM):
            print(signal.getsignal(number) is signal.SIG_DFL)
        print(signal.set_wakeup_fd(-1))
    """
    assert printed(bench(code, kind)) == ["True"] * 4 + ["-1"]


@KINDS
def test_threads_are_joined_and_exit_handlers_run(bench: BenchMaker, kind: str) -> None:
    code = """
    import atexit, tempfile, weakref
    def f(spec):
        global folder
        folder = tempfile.TemporaryDirectory()
        atexit.register(print, "handler", folder.name)
        threading.Timer(0.2, print, ["thread"]).start()
        print("step")
    """
    lines = printed(bench(code, kind))
    assert lines[:2] == ["step", "thread"]
    assert lines[2].startswith("handler /")
    assert not os.path.exists(lines[2].removeprefix("handler "))


def test_exit_handlers_of_the_imports_do_not_run_in_forks(bench: BenchMaker, tmp_path: Path) -> None:
    code = """
    import atexit, tempfile
    folder = tempfile.TemporaryDirectory()
    atexit.register(print, "the import's handler")
    def f(spec): print(folder.name)
    """
    b = bench(code)
    (name,) = printed(b)
    assert os.path.isdir(name)
    assert [line.text for _, line in b.lines] == [name]
    os.rmdir(name)


@KINDS
def test_a_process_pool_works_and_is_ended(bench: BenchMaker, kind: str) -> None:
    code = """
    import concurrent.futures, multiprocessing
    context = multiprocessing.get_context("fork")
    def f(spec):
        with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
            print(list(pool.map(abs, [-1, -2])))
        context.Process(target=print, args=("child",)).start()
    """
    assert printed(bench(code, kind)) == ["[1, 2]", "child"]


def test_a_handler_that_the_import_made_writes_to_the_attempts_log(bench: BenchMaker) -> None:
    code = """
    import logging
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    def f(spec): logging.warning("seen")
    """
    assert printed(bench(code)) == ["seen"]


def test_each_fork_refreshes_its_random_state(bench: BenchMaker) -> None:
    code = """
    import random
    def refresh(): random.seed()
    def f(spec): print(random.random())
    """
    b = bench(code)
    b.run("f", *map(str, range(5)))
    assert len({line.text for _, line in b.lines}) == 5


def test_what_one_fork_changes_no_other_sees(bench: BenchMaker) -> None:
    b = bench("seen = []\ndef f(spec):\n    seen.append(spec.task_id)\n    print(seen)")
    b.run("f", "0", "1")
    assert sorted(line.text for _, line in b.lines) == ["['0']", "['1']"]


@KINDS
def test_the_runs_lock_lives_with_its_processes(bench: BenchMaker, kind: str, tmp_path: Path) -> None:
    fd = os.open(tmp_path / "alive", os.O_CREAT | os.O_RDWR)
    fcntl.flock(fd, fcntl.LOCK_EX)
    b = bench("def f(spec):\n    print('up')\n    signal.pause()", kind, lock_fd=fd)
    b.submit("f")
    b.printed()
    os.close(fd)
    other = os.open(tmp_path / "alive", os.O_RDWR)

    def is_free() -> bool:
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    assert not is_free()
    b.executor.close()
    wait_until(is_free)
    os.close(other)


@KINDS
def test_attempts_hold_no_descriptors_but_their_own(bench: BenchMaker, kind: str) -> None:
    code = """
    def f(spec):
        links = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
        found = [os.readlink(link) for link in links if os.path.lexists(link)]
        print([name for name in found if name.startswith(("pipe", "socket", "anon"))])
    """
    (line,) = printed(bench(code, kind))
    # an interpreter of its own keeps the socket on which it was told its attempt
    assert line == "[]" or (kind == "spawn" and line.count("socket") == 1)


DRIVER = """
import sys
from pathlib import Path
from headwater.testing.local_bench import Bench
STEPS = '''
def f(spec):
    child = subprocess.Popen(["sleep", "1000"])
    print(os.getppid(), os.getpid(), child.pid)
    signal.pause()
'''
if __name__ == "__main__":
    b = Bench(Path(sys.argv[1])).open(STEPS, sys.argv[2])
    b.submit("f")
    print(b.printed()[0], flush=True)
    while True:
        b.executor.wait(None)
"""


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_nothing_outlives_a_driver_that_was_killed(tmp_path: Path, kind: str) -> None:
    script = tmp_path / "driver.py"
    script.write_text(textwrap.dedent(DRIVER))
    with subprocess.Popen([sys.executable, script, tmp_path, kind], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        host, task, child = map(int, driver.stdout.readline().split())
        os.kill(driver.pid, signal.SIGKILL)
    mine = [host, task, child] if kind == "fork" else [task]
    wait_until(lambda: not any(map(process_lives, mine)))
    if kind == "spawn" and process_lives(child):
        os.kill(child, signal.SIGKILL)  # documented: only a fork host outlives its driver and ends grandchildren
