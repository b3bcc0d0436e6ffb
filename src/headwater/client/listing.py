"""What a question for several things answers: found one by one, as they are asked for, by threads if one likes."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from headwater import plugins

T = TypeVar("T")

_BATCH = 100  # things that a thread finds at a time


class Listing(Iterator[T], Generic[T]):
    """An iterator that can also be used where nothing may block.

    `async for run in flow.runs()` reads in a thread, a hundred at a time; `await flow.runs()` gives a list.
    """

    def __init__(self, found: Iterable[T]) -> None:
        self._found = iter(found)
        self._seen: deque[T] = deque()  # found, and not given yet

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self._seen.popleft() if self._seen else next(self._found)

    def peek(self, count: int) -> list[T]:
        """The next ones, at most so many; they stay to be iterated over."""
        self._seen.extend(islice(self._found, max(0, count - len(self._seen))))
        return list(islice(self._seen, count))

    def __repr__(self) -> str:
        return "<Listing: iterate over it, or await it>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the next ones."""
        return str(plugins.load("face", "html")(self))

    def __aiter__(self) -> AsyncIterator[T]:
        return in_threads(lambda: self)

    def __await__(self) -> Generator[Any, None, list[T]]:
        return _in_a_thread(lambda: list(self)).__await__()


async def in_threads(begin: Callable[[], Iterable[T]]) -> AsyncIterator[T]:
    """What an iterable gives, found by threads while the event loop goes on."""
    found = iter(await _in_a_thread(begin))
    while batch := await _in_a_thread(lambda: list(islice(found, _BATCH))):
        for one in batch:
            yield one


async def _in_a_thread(work: Callable[[], T]) -> T:
    import asyncio

    return await asyncio.to_thread(work)
