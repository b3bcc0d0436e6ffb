"""What was submitted and has not begun can be held back; after an attempt that went wrong there is time to do so."""

from headwater.executors.base import Ending, EndingKind
from headwater.records.decorators import Resources
from headwater.testing.local_bench import BenchMaker

STEPS = """
def gated(spec):
    open(f"{os.path.dirname(__file__)}/began-{spec.task_id}", "w").close()
    while not os.path.exists(f"{os.path.dirname(__file__)}/gate"):
        time.sleep(0.01)
    return 1 if spec.task_id == "0" else 0

def work(spec):
    open(f"{os.path.dirname(__file__)}/began-{spec.task_id}", "w").close()
    return 1 if spec.task_id == "0" else 0
"""


def test_what_waits_is_held_back_and_never_starts(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=1)
    one.submit("gated", "1", "2", "3")
    one.executor.hold_back()
    (one.folder / "gate").touch()

    endings = one.finish()

    assert {ending.spec.task_id for ending in endings if ending.held_back} == {"2", "3"}
    assert [path.name for path in one.folder.glob("began-*")] == ["began-1"]
    assert all(not one.has_log("gated", task_id) for task_id in ("2", "3"))


def test_what_stands_in_line_either_runs_or_is_held_back(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=2)
    one.submit("gated", *"012345")
    (one.folder / "gate").touch()
    endings: list[Ending] = []
    while all(ending.exit_code == 0 for ending in endings):
        endings += one.executor.wait(60)
    one.executor.hold_back()

    endings += one.finish()

    held = sorted(ending.spec.task_id for ending in endings if ending.held_back)
    began = sorted(path.name.removeprefix("began-") for path in one.folder.glob("began-*"))
    assert sorted(held + began) == list("012345")
    assert held


def test_what_stands_in_line_starts_as_soon_as_there_is_room_for_it(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=2)
    room = one.executor.room()
    decorators = (Resources(cpu=2),)
    one.submit("work", "1", "2", "3", "4", decorators=decorators)
    one.submit("work", "5", "6", "7")

    assert sorted(ending.spec.task_id for ending in one.finish()) == list("1234567")
    assert one.executor.room() == room


def test_attempts_are_told_to_start_in_their_order_and_never_more_than_the_machine_has(bench: BenchMaker) -> None:
    told: list[str] = []
    one = bench(STEPS, starts=lambda spec: told.append(spec.task_id))
    ids = [str(number) for number in range(1, 9)]
    one.submit("gated", *ids)
    assert told == ["1", "2"]
    (one.folder / "gate").touch()

    one.finish()

    assert told == ids


def test_cancelling_gives_each_that_stands_in_line_one_ending(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=2)
    ids = [str(number) for number in range(1, 9)]
    one.submit("work", *ids)
    one.executor.wait(60)
    one.executor.cancel(0.0, "asked to")

    one.finish()

    began = {path.name.removeprefix("began-") for path in one.folder.glob("began-*")}
    assert began < set(ids)


def test_nothing_starts_between_an_attempt_that_went_wrong_and_the_next_wait(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=1)
    one.submit("work", "0", "1")

    (ending,) = one.executor.wait(60)
    assert (ending.kind, ending.exit_code) == (EndingKind.EXITED, 1)
    one.executor.hold_back()

    assert [each.held_back for each in one.finish()] == [True]
    assert [path.name for path in one.folder.glob("began-*")] == ["began-0"]


def test_what_waits_starts_when_the_caller_goes_on_all_the_same(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=1)

    assert [ending.exit_code for ending in one.run("work", "0", "1", "2")] == [1, 0, 0]
