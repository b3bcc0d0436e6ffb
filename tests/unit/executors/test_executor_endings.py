"""How attempts end, in forks and in fresh interpreters."""

import os
import signal
import sys
from pathlib import Path

import pytest

from headwater.executors.base import EndingKind
from headwater.executors.machine import Machine
from headwater.records.decorators import Environment, Resources, Timeout
from headwater.records.log import Stream
from headwater.testing.local_bench import BenchMaker, process_lives, wait_until

KINDS = pytest.mark.parametrize("kind", ["fork", "spawn"])


@KINDS
def test_exit_codes_come_back(bench: BenchMaker, kind: str) -> None:
    b = bench("def good(spec): pass\ndef bad(spec): return 1\ndef odd(spec): os._exit(42)", kind)
    codes = {ending.spec.step: ending.exit_code for step in ("good", "bad", "odd") for ending in b.run(step)}
    assert codes == {"good": 0, "bad": 1, "odd": 42}


@KINDS
def test_a_signal_is_reported_as_what_it_is(bench: BenchMaker, kind: str) -> None:
    (ending,) = bench("def f(spec): os.kill(os.getpid(), signal.SIGSEGV)", kind).run("f")
    assert (ending.kind, ending.signal) == (EndingKind.SIGNALLED, signal.SIGSEGV)


@KINDS
def test_an_attempt_killed_from_outside_ends_signalled(bench: BenchMaker, kind: str) -> None:
    b = bench("def f(spec):\n    print(os.getpid())\n    signal.pause()", kind)
    b.submit("f")
    os.kill(int(b.printed()[0]), signal.SIGKILL)
    (ending,) = b.finish()
    assert (ending.kind, ending.signal) == (EndingKind.SIGNALLED, signal.SIGKILL)


@KINDS
def test_an_ending_knows_its_process_times_and_cpu(bench: BenchMaker, kind: str) -> None:
    (ending,) = bench("def f(spec):\n    print(os.getpid())\n    while time.process_time() < 0.3: pass", kind).run("f")
    assert ending.pid > 0
    assert ending.usage is not None
    assert ending.usage.cpu_s >= 0.25
    assert ending.ended_at > ending.started_at > 0


def test_every_attempt_comes_back_once(bench: BenchMaker) -> None:
    b = bench("def f(spec): return int(spec.task_id) % 2")
    endings = b.run("f", *map(str, range(50)))
    assert sorted(int(ending.spec.task_id) for ending in endings) == list(range(50))
    assert all(ending.exit_code == int(ending.spec.task_id) % 2 for ending in endings)


@KINDS
def test_nobody_waits_for_a_pipe_that_a_grandchild_holds(bench: BenchMaker, kind: str) -> None:
    code = """
    def f(spec):
        child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        print(child.pid)
    """
    b = bench(code, kind)
    (ending,) = b.run("f")
    assert ending.exit_code == 0
    os.kill(int(b.lines[0][1].text), signal.SIGKILL)


@KINDS
def test_children_left_behind_are_ended(bench: BenchMaker, kind: str) -> None:
    b = bench('def f(spec): print(subprocess.Popen(["sleep", "1000"]).pid)', kind)
    b.run("f")
    pid = int(b.lines[0][1].text)
    wait_until(lambda: not process_lives(pid))


def test_a_killed_host_loses_its_attempts_and_they_die(bench: BenchMaker) -> None:
    b = bench("def f(spec):\n    print(os.getppid(), os.getpid())\n    signal.pause()", machine=Machine(4, 1000))
    b.submit("f", "0", "1")
    lines = b.printed(2)
    os.kill(int(lines[0].split()[0]), signal.SIGKILL)
    assert {ending.kind for ending in b.finish()} == {EndingKind.HOST_LOST}
    wait_until(lambda: not any(process_lives(int(line.split()[1])) for line in lines))
    b.submit("f")
    assert [ending.kind for ending in b.finish()] == [EndingKind.HOST_LOST]


def test_closing_kills_what_runs_with_its_children(bench: BenchMaker) -> None:
    code = """
    def f(spec):
        child = subprocess.Popen(["sleep", "1000"])
        print(os.getpid(), child.pid)
        signal.pause()
    """
    b = bench(code)
    b.submit("f")
    pids = [int(word) for word in b.printed()[0].split()]
    b.executor.close()
    wait_until(lambda: not any(map(process_lives, pids)))


@KINDS
def test_cancel_asks_first_and_says_why_in_the_log(bench: BenchMaker, kind: str) -> None:
    code = """
    def polite(spec):
        def leave(*_):
            print("leaving")
            os._exit(3)
        signal.signal(signal.SIGTERM, leave)
        print("ready")
        while True: signal.pause()
    """
    b = bench(code, kind)
    b.submit("polite", "0")
    b.printed()
    b.executor.cancel(60, "another task failed")
    (ending,) = b.finish()
    assert (ending.kind, ending.exit_code) == (EndingKind.CANCELLED, 3)
    assert b.notes("polite") == ["Ended by Headwater: another task failed"]
    assert "leaving" in [line.text for _, line in b.lines]


@KINDS
def test_cancel_kills_who_does_not_listen(bench: BenchMaker, kind: str) -> None:
    code = """
    def deaf(spec):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready")
        while True: signal.pause()
    """
    b = bench(code, kind)
    b.submit("deaf")
    b.printed()
    b.executor.cancel(0.1, "stop")
    (ending,) = b.finish()
    assert (ending.kind, ending.signal) == (EndingKind.CANCELLED, signal.SIGKILL)


def test_cancel_returns_what_was_not_started_and_leaves_no_log_of_it(bench: BenchMaker) -> None:
    b = bench("def f(spec):\n    print('ready')\n    signal.pause()", machine=Machine(1, 1000))
    b.submit("f", "0", "1", "2")
    b.printed()
    b.executor.cancel(5, "stop")
    assert sorted((ending.spec.task_id, ending.kind.value) for ending in b.finish()) == [
        ("0", "cancelled"),
        ("1", "cancelled"),
        ("2", "cancelled"),
    ]
    assert not b.has_log("f", "1")


@KINDS
def test_a_step_that_ignores_its_timeout_is_killed_after_the_grace(bench: BenchMaker, kind: str) -> None:
    b = bench("def f(spec): time.sleep(1000)", kind, grace_s=0.1)
    (ending,) = b.run("f", decorators=(Timeout(seconds=0.2),))
    assert ending.kind is EndingKind.TIMED_OUT
    assert "timeout of 0.2 s" in b.notes("f")[0]


DEADLOCK = """
imported_in = os.getpid()
lock = threading.Lock()
lock.acquire()
def forked(spec):
    print("trying")
    if os.getpid() != imported_in: lock.acquire()
def hopeless(spec):
    lock.acquire()
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@LINUX
def test_a_fork_that_sleeps_for_ever_starts_again_in_a_fresh_interpreter(bench: BenchMaker) -> None:
    b = bench(DEADLOCK, deadlock_s=0.3)
    (ending,) = b.run("forked")
    assert (ending.kind, ending.exit_code) == (EndingKind.EXITED, 0)
    assert [line.text for _, line in b.lines if line.stream is Stream.STDOUT] == ["trying", "trying"]
    assert "fresh interpreter" in b.notes("forked")[0]
    assert len(b.notices) == 1


@LINUX
def test_what_sleeps_for_ever_twice_is_deadlocked(bench: BenchMaker) -> None:
    b = bench(DEADLOCK, deadlock_s=0.3)
    (ending,) = b.run("hopeless")
    assert ending.kind is EndingKind.DEADLOCKED
    assert len(b.notes("hopeless")) == 2


def test_a_long_sleep_is_no_deadlock(bench: BenchMaker) -> None:
    b = bench("def f(spec): time.sleep(1.5)", deadlock_s=0.2)
    (ending,) = b.run("f")
    assert ending.exit_code == 0


@KINDS
def test_environment_variables_are_there_at_import(bench: BenchMaker, kind: str) -> None:
    b = bench("SEEN = os.environ.get('COLOUR')\ndef f(spec): print(SEEN)\ndef g(spec): print(SEEN)", kind)
    b.run("f", "0", "1", decorators=(Environment(vars={"COLOUR": "blue"}),))
    b.run("g")
    assert [line.text for _, line in b.lines] == ["blue", "blue", "None"]


@KINDS
def test_a_file_that_does_not_import_is_told(bench: BenchMaker, kind: str) -> None:
    code = "if 'COLOUR' in os.environ: raise ValueError('no colours')\ndef f(spec): pass"
    b = bench(code, kind)
    (ending,) = b.run("f", decorators=(Environment(vars={"COLOUR": "blue"}),))
    assert ending.exit_code not in (0, 1)
    assert "ValueError: no colours" in [line.text for _, line in b.lines]
    (again,) = b.run("f", "1", decorators=(Environment(vars={"COLOUR": "blue"}),))
    assert again.exit_code == ending.exit_code


def test_gpus_are_given_out_and_taken_back(bench: BenchMaker) -> None:
    machine = Machine(2, 1000)._replace(gpus=("0", "1"))
    b = bench("def f(spec): print(os.environ['CUDA_VISIBLE_DEVICES'])", machine=machine)
    b.run("f", "0", "1", "2", "3", decorators=(Resources(gpu=1),))
    assert {line.text for _, line in b.lines} <= {"0", "1"}
    b.run("f", "4", decorators=(Resources(gpu=1),))
    assert len(b.lines) == 5


def test_a_demand_above_the_machine_runs_alone_with_one_warning(bench: BenchMaker, tmp_path: Path) -> None:
    code = """
    def f(spec):
        flag = os.open("busy", os.O_CREAT | os.O_EXCL)
        time.sleep(0.05)
        os.unlink("busy")
    """
    b = bench(code.replace('"busy"', repr(str(tmp_path / "busy"))), machine=Machine(4, 1000))
    endings = b.run("f", "0", "1", "2", decorators=(Resources(gpu=1, cpu=1),))
    assert [ending.exit_code for ending in endings] == [0, 0, 0]
    assert len(b.notices) == 1
    assert "1 GPUs (this machine has 0)" in b.notices[0]


def test_a_gang_starts_together_and_falls_together(bench: BenchMaker) -> None:
    code = """
    def f(spec):
        print(spec.gang.port, spec.gang.main_address)
        if spec.gang.index == 1:
            sys.stdin.read()
            time.sleep(0.2)
            return 1
        signal.pause()
    """
    b = bench(code, machine=Machine(2, 1000))
    b.executor.submit(b.launch("f", "0", "1", "2", gang=True))
    endings = {ending.spec.task_id: ending for ending in b.finish()}
    assert endings["1"].exit_code == 1
    assert {endings["0"].kind, endings["2"].kind} == {EndingKind.CANCELLED}
    assert len({line.text for _, line in b.lines if line.stream == "o"}) == 1
    assert "0 127" not in b.lines[0][1].text


def test_never_more_attempts_than_cpus(bench: BenchMaker, tmp_path: Path) -> None:
    code = f"""
    def f(spec):
        mine = {str(tmp_path)!r} + f"/run-{{os.getpid()}}"
        open(mine, "w").close()
        count = sum(name.startswith("run-") for name in os.listdir({str(tmp_path)!r}))
        time.sleep(0.02)
        os.unlink(mine)
        return 0 if count <= 2 else 9
    """
    endings = bench(code).run("f", *map(str, range(12)))
    assert {ending.exit_code for ending in endings} == {0}


def test_what_waits_can_be_taken_back_while_the_rest_goes_on(bench: BenchMaker, tmp_path: Path) -> None:
    code = f"""
    def f(spec):
        print("ready")
        while not os.path.exists({str(tmp_path / "go")!r}): time.sleep(0.01)
    """
    b = bench(code, machine=Machine(1, 1000))
    b.submit("f", "0", "1")
    b.printed()
    b.executor.hold_back()
    (tmp_path / "go").touch()
    assert sorted((ending.spec.task_id, ending.kind.value) for ending in b.finish()) == [
        ("0", "exited"),
        ("1", "cancelled"),
    ]
