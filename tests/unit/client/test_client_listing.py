"""Listings of the client: lazy, filtered, and usable where nothing may block."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from headwater.client.headwater import Headwater
from headwater.client.listing import Listing
from headwater.client.objects import Flow, Run, Step, Task
from headwater.client.reader import close_readers
from headwater.records.graph import Node, NodeKind
from headwater.records.run import RunOutcome
from headwater.records.task import Gang, TaskRange, Transition
from headwater.storage.base import Storage
from headwater.storage.liveness import hold
from headwater.testing.documents import RunOnPaper

GANG = (
    Node(name="start", kind=NodeKind.GANG, targets=("train",)),
    Node(name="train", kind=NodeKind.LINEAR, targets=("join",), parallel=True),
    Node(name="join", kind=NodeKind.LINEAR, targets=("end",), join=True),
    Node(name="end", kind=NodeKind.END),
)


def paper(storage: Storage, run_id: str = "1", **more: Any) -> RunOnPaper:
    run = RunOnPaper(storage, run_id, **more)
    run.task(transition=Transition(steps=("end",)))
    run.task("end", inputs=(TaskRange(run_id=run_id, step="start", first="0"),))
    return run


def ids(found: Iterator[Any]) -> list[str]:
    return [one.id for one in found]


async def collect(found: AsyncIterable[Any]) -> list[str]:
    return [one.id async for one in found]


def test_everything_that_can_be_iterated_can_be_so_in_an_event_loop(storage: Storage) -> None:
    for number in (1, 2, 3):
        paper(storage, str(number), created_at=1000.0 + number).end()

    async def main() -> list[list[str]]:
        run = Run("PaperFlow/1")
        return [
            await collect(Headwater()),
            await collect(Flow("PaperFlow")),
            await collect(Flow("PaperFlow").runs()),
            await collect(run),
            await collect(run["start"]),
            await collect(Task("PaperFlow/1/start/0").child_tasks),
            [one.id for one in await Flow("PaperFlow").runs(limit=2)],
            [one.id for one in await run.steps()],
        ]

    assert asyncio.run(main()) == [
        ["PaperFlow"],
        ["3", "2", "1"],
        ["3", "2", "1"],
        ["start", "end"],
        ["0"],
        ["0"],
        ["3", "2"],
        ["start", "end"],
    ]


def test_an_event_loop_goes_on_while_a_thread_finds_things() -> None:
    found, asked = threading.Event(), threading.Event()

    def slow() -> Iterator[int]:
        asked.set()
        assert found.wait(10)
        yield 1
        yield 2

    async def main() -> list[int]:
        listing = asyncio.create_task(_all(Listing(slow())))
        while not asked.is_set():
            await asyncio.sleep(0)
        found.set()  # the loop is free although the listing waits
        return await listing

    assert asyncio.run(main()) == [1, 2]


async def _all(found: Listing[int]) -> list[int]:
    return [one async for one in found]


def test_many_threads_may_read_and_tag_at_once(storage: Storage) -> None:
    for number in range(4):
        paper(storage, str(number), created_at=1000.0 + number).end()
    close_readers()

    async def main() -> list[list[str]]:
        listings = await asyncio.gather(*(Flow("PaperFlow").runs() for _ in range(8)))
        await asyncio.gather(
            *(asyncio.to_thread(run.add_tag, f"{n}") for n, some in enumerate(listings) for run in some)
        )
        return [[run.id for run in some] for some in listings]

    assert asyncio.run(main()) == [["3", "2", "1", "0"]] * 8
    assert [run.user_tags for run in Flow("PaperFlow")] == [set("01234567")] * 4


def test_an_error_while_finding_things_reaches_whoever_awaits() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    async def main() -> None:
        with pytest.raises(OSError, match="gone"):
            await Listing(broken())
        with pytest.raises(OSError, match="gone"):
            await _all(Listing(broken()))

    asyncio.run(main())


def test_a_long_listing_comes_whole_and_in_order() -> None:
    assert asyncio.run(_all(Listing(range(1234)))) == list(range(1234))


def test_listings_are_lazy_and_go_on_where_they_stopped(storage: Storage) -> None:
    for number in (1, 2, 3):
        paper(storage, str(number), created_at=1000.0 + number)
    runs = Flow("PaperFlow").runs()
    assert next(runs).id == "3"
    assert ids(runs) == ["2", "1"]
    assert ids(runs) == []


def test_reading_without_an_event_loop_does_not_import_asyncio(storage: Storage) -> None:
    paper(storage).end()
    code = (
        "import sys; from headwater import Flow, namespace; namespace(None); "
        "assert [run.id for run in Flow('PaperFlow')] == ['1']; assert 'asyncio' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_runs_are_selected_by_state_user_time_and_parameters(storage: Storage) -> None:
    paper(storage, "1", created_at=1000.0, parameters={"alpha": 0.5, "name": "x", "flag": True}).end()
    paper(storage, "2", created_at=2000.0, user="bob", parameters={"alpha": 1}).end(RunOutcome.FAILED)
    paper(storage, "3", created_at=3000.0, tags=("a",))
    flow = Flow("PaperFlow")
    assert ids(flow.runs(status="succeeded")) == ["1"]
    assert ids(flow.runs(status="failed", user="bob")) == ["2"]
    assert ids(flow.runs(status="lost")) == ["3"]
    with hold(storage, "PaperFlow", "3"):
        assert ids(flow.runs(status="running", limit=1)) == ["3"]
        assert ids(flow.runs(status="lost")) == []
    assert ids(flow.runs(since=2000.0)) == ["3", "2"]
    assert ids(flow.runs(until=datetime.fromtimestamp(2000.0))) == ["1"]
    assert ids(flow.runs(since=datetime.now() - timedelta(days=1))) == []
    assert ids(flow.runs(parameters={"alpha": 0.5, "flag": True})) == ["1"]
    assert ids(flow.runs(parameters={"alpha": 2})) == []
    assert ids(flow.runs("a", limit=5)) == ["3"]
    with pytest.raises(ValueError, match=r"no status 'done'\. A run is one of succeeded, failed"):
        flow.runs(status="done")


def test_the_control_task_of_a_gang_is_its_first(storage: Storage) -> None:
    run = RunOnPaper(storage, nodes=GANG, depths={"train": 1})
    run.task(transition=Transition(steps=("train",), splits=3, gang=True))
    for index in range(3):
        run.task("train", str(index), gang=Gang(size=3, index=index), transition=Transition(steps=("join",)))
    step = Step("PaperFlow/1/train")
    assert step.control_task == step["0"]
    assert ids(step.control_tasks()) == ["0"]
    assert ids(step.control_tasks("no such tag")) == []
    assert Step("PaperFlow/1/start").control_task is None
