"""What every executor promises. Subclass `ExecutorSuite` in a test module and give the fixture `bench`:

    class TestMyExecutor(ExecutorSuite):
        @pytest.fixture
        def bench(self, tmp_path: Path) -> Iterator[Bench]:
            bench = MyBench(tmp_path).open(STEPS)
            yield bench
            bench.executor.close()

A bench is a `headwater.testing.local_bench.Bench`; its subclass overrides `make_executor`. The steps are functions that
get a `TaskSpec` and return an exit code; they meet each other and the test by files in the folder that holds them. The
executor has room for three attempts at least, and gives a step that is beyond its timeout a grace of a second at most.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from headwater.executors.base import Ending, EndingKind
from headwater.records.decorators import Timeout
from headwater.records.log import Stream
from headwater.testing.local_bench import Bench, process_lives, wait_until

#: The file of steps that the suite runs.
STEPS = """
HERE = os.path.dirname(os.path.abspath(__file__))

def path(name): return os.path.join(HERE, name)

def await_file(name):
    deadline = time.monotonic() + 60
    while not os.path.exists(path(name)):
        if time.monotonic() > deadline: sys.exit(9)
        time.sleep(0.005)

def nothing(spec): pass

def code(spec): return int(spec.task_id)

def gated(spec):
    print("ready", os.getpid())
    await_file("gate")

def endless(spec):
    print("ready", os.getpid())
    while True: time.sleep(60)

def deaf(spec):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    endless(spec)

def dutiful(spec):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    endless(spec)

def killed(spec): os.kill(os.getpid(), signal.SIGKILL)

def chatty(spec):
    for number in range(200):
        print(spec.task_id, number)
        print(spec.task_id, -number, file=sys.stderr)
    sys.stdout.write("no newline")

def meeting(spec):
    open(path(f"here-{spec.gang.index}"), "w").close()
    for index in range(spec.gang.size): await_file(f"here-{index}")
    print(spec.gang.main_address, spec.gang.port)

def falling(spec):
    meeting(spec)
    if spec.gang.index == 1:
        await_file("gate")
        return 7
    while True: time.sleep(60)
"""

Fates = Sequence[tuple[str, EndingKind]]


class ExecutorSuite:
    """The contract of `headwater.executors.base.Executor`, claim by claim."""

    @pytest.fixture
    def bench(self) -> Iterator[Bench]:
        raise NotImplementedError("a suite's subclass gives the fixture `bench`")

    def test_an_executor_without_attempts_has_room_and_nothing_to_tell(self, bench: Bench) -> None:
        assert bench.executor.running() == 0
        assert bench.executor.room() > 0
        assert bench.executor.wait(0) == []

    def test_submit_does_not_wait_for_the_attempt(self, bench: Bench) -> None:
        bench.submit("gated", "0", "1", "2", "3", "4", "5")
        assert bench.executor.running() == 6
        _open_gate(bench)
        assert _fates(bench.finish()) == [(str(number), EndingKind.EXITED) for number in range(6)]
        assert bench.executor.running() == 0

    def test_wait_comes_back_when_its_time_is_over(self, bench: Bench) -> None:
        bench.submit("gated")
        assert bench.executor.wait(0) == []
        assert bench.executor.wait(0.01) == []
        _open_gate(bench)
        assert len(bench.finish()) == 1

    def test_every_attempt_has_one_ending_with_its_exit_code(self, bench: Bench) -> None:
        ids = [str(number) for number in range(12)]
        endings = bench.run("code", *ids)
        assert Counter(ending.spec.task_id for ending in endings) == Counter(ids)
        assert {ending.spec.task_id: ending.exit_code for ending in endings} == {name: int(name) for name in ids}
        assert bench.executor.wait(0) == []

    def test_an_ending_knows_the_process_and_its_times(self, bench: Bench) -> None:
        (ending,) = bench.run("nothing")
        assert (ending.kind, ending.exit_code, ending.signal) == (EndingKind.EXITED, 0, None)
        assert ending.pid > 0
        assert 0 < ending.started_at <= ending.ended_at
        assert not ending.held_back

    def test_a_signal_is_no_exit_code(self, bench: Bench) -> None:
        (ending,) = bench.run("killed")
        assert (ending.kind, ending.exit_code, ending.signal) == (EndingKind.SIGNALLED, None, signal.SIGKILL)

    def test_a_failed_attempt_may_be_submitted_again(self, bench: Bench) -> None:
        endings = bench.run("code", "3") + bench.run("code", "3")
        assert [ending.exit_code for ending in endings] == [3, 3]

    def test_what_is_printed_is_told_in_order_and_is_in_the_log_at_the_end(self, bench: Bench) -> None:
        bench.run("chatty", "0", "1")
        for task_id in ("0", "1"):
            told = [line for spec, line in bench.lines if spec.task_id == task_id]
            out = [line.text for line in told if line.stream is Stream.STDOUT]
            assert out == [*(f"{task_id} {number}" for number in range(200)), "no newline"]
            assert [line.text for line in told if line.stream is Stream.STDERR] == [
                f"{task_id} {-number}" for number in range(200)
            ]
            log = bench.log("chatty", task_id)
            assert log.complete
            assert log.stream(Stream.STDOUT).decode() == "\n".join(out)

    def test_lines_are_told_while_the_attempt_runs(self, bench: Bench) -> None:
        bench.submit("gated")
        assert bench.printed()[0].startswith("ready")
        assert bench.executor.running() == 1
        _open_gate(bench)
        assert len(bench.finish()) == 1

    def test_what_is_beyond_its_timeout_is_ended(self, bench: Bench) -> None:
        (ending,) = bench.run("deaf", decorators=(Timeout(seconds=0.2),))
        assert ending.kind is EndingKind.TIMED_OUT
        assert any("timeout" in note for note in bench.notes("deaf"))

    def test_hold_back_lets_go_on_what_runs(self, bench: Bench) -> None:
        ids = [str(number) for number in range(20)]
        bench.submit("gated", *ids)
        bench.printed()
        bench.executor.hold_back()
        _open_gate(bench)
        endings = bench.finish()
        assert Counter(ending.spec.task_id for ending in endings) == Counter(ids)
        ran = {spec.task_id for spec, _ in bench.lines}
        for ending in endings:
            if ending.spec.task_id in ran:
                assert (ending.kind, ending.exit_code) == (EndingKind.EXITED, 0)
            else:
                assert ending.held_back
                assert not bench.has_log("gated", ending.spec.task_id)
        assert ran

    def test_after_holding_back_more_can_be_submitted(self, bench: Bench) -> None:
        bench.executor.hold_back()
        (ending,) = bench.run("nothing")
        assert ending.exit_code == 0

    def test_cancel_ends_everything_once_and_says_why(self, bench: Bench) -> None:
        ids = [str(number) for number in range(20)]
        bench.submit("endless", *ids)
        bench.printed()
        bench.executor.cancel(60, "the lights went out")
        bench.executor.cancel(60, "and again")
        endings = bench.finish()
        assert _fates(endings) == [(name, EndingKind.CANCELLED) for name in ids]
        ran = {spec.task_id for spec, line in bench.lines if line.stream is Stream.STDOUT}
        for task_id in ran:
            (note,) = bench.notes("endless", task_id)
            assert "the lights went out" in note
        for ending in endings:
            if ending.held_back:
                assert not bench.has_log("endless", ending.spec.task_id)
        assert bench.executor.wait(0) == []

    def test_cancel_with_nothing_to_end_does_nothing(self, bench: Bench) -> None:
        bench.executor.cancel(0, "no reason")
        assert bench.executor.wait(0) == []
        assert bench.executor.running() == 0

    def test_who_does_not_listen_is_killed_after_the_grace(self, bench: Bench) -> None:
        bench.submit("deaf")
        bench.printed()
        bench.executor.cancel(0.1, "stop")
        (ending,) = bench.finish()
        assert (ending.kind, ending.signal) == (EndingKind.CANCELLED, signal.SIGKILL)

    def test_who_finishes_within_the_grace_has_exited(self, bench: Bench) -> None:
        bench.submit("dutiful")
        bench.printed()
        bench.executor.cancel(60, "stop")
        (ending,) = bench.finish()
        assert (ending.kind, ending.exit_code) == (EndingKind.EXITED, 0)

    def test_a_gang_starts_together_and_knows_where_to_meet(self, bench: Bench) -> None:
        bench.executor.submit(bench.launch("meeting", "0.0", "0.1", "0.2", gang=True))
        assert _fates(bench.finish()) == [(name, EndingKind.EXITED) for name in ("0.0", "0.1", "0.2")]
        (place,) = {line.text for _, line in bench.lines}
        assert int(place.split()[1]) > 0

    def test_a_gang_falls_together(self, bench: Bench) -> None:
        bench.executor.submit(bench.launch("falling", "0.0", "0.1", "0.2", gang=True))
        bench.printed(3)
        _open_gate(bench)
        endings = bench.finish()
        assert _fates(endings) == [
            ("0.0", EndingKind.CANCELLED),
            ("0.1", EndingKind.EXITED),
            ("0.2", EndingKind.CANCELLED),
        ]
        assert {ending.exit_code for ending in endings if ending.spec.task_id == "0.1"} == {7}
        for task_id in ("0.0", "0.2"):
            (note,) = bench.notes("falling", task_id)
            assert "node 1" in note
        assert bench.notes("falling", "0.1") == []

    def test_a_gang_that_waits_comes_back_whole(self, bench: Bench) -> None:
        bench.submit("endless", *(str(number) for number in range(20)))
        bench.executor.submit(bench.launch("meeting", "0.0", "0.1", "0.2", gang=True))
        bench.executor.cancel(60, "stop")
        members = [ending for ending in bench.finish() if ending.spec.step == "meeting"]
        assert _fates(members) == [(name, EndingKind.CANCELLED) for name in ("0.0", "0.1", "0.2")]

    def test_close_kills_what_runs(self, bench: Bench) -> None:
        bench.submit("deaf")
        pid = int(bench.printed()[0].split()[1])
        bench.executor.close()
        wait_until(lambda: not process_lives(pid))

    def test_close_may_come_twice_and_before_anything_ran(self, bench: Bench) -> None:
        with bench.executor:
            pass
        bench.executor.close()


def _open_gate(bench: Bench) -> None:
    (bench.folder / "gate").touch()


def _fates(endings: Sequence[Ending]) -> Fates:
    by_number = sorted(endings, key=lambda ending: [int(part) for part in ending.spec.task_id.split(".")])
    return [(ending.spec.task_id, ending.kind) for ending in by_number]
