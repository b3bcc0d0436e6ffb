"""What was submitted and has not begun can be held back; after an attempt that went wrong there is time to do so."""

from headwater.executors.base import EndingKind
from headwater.testing.local_bench import BenchMaker

STEPS = """
def work(spec):
    open(f"{os.path.dirname(__file__)}/began-{spec.task_id}", "w").close()
    return 1 if spec.task_id == "0" else 0
"""


def test_what_waits_is_held_back_and_never_starts(bench: BenchMaker) -> None:
    one = bench(STEPS, max_workers=1)
    one.submit("work", "1", "2", "3")
    one.executor.hold_back()

    endings = one.finish()

    assert {ending.spec.task_id for ending in endings if ending.held_back} == {"2", "3"}
    assert [path.name for path in one.folder.glob("began-*")] == ["began-1"]
    assert all(not one.has_log("work", task_id) for task_id in ("2", "3"))


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
