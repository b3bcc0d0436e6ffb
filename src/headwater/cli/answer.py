"""What `show` answers, in both forms; and how facts are set."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from headwater.wording import plain


class Answer(NamedTuple):
    """One thing; each form is made only when it is shown."""

    document: Callable[[], dict[str, Any]]
    lines: Callable[[], Iterator[str]]


def fact_lines(facts: Mapping[str, str]) -> Iterator[str]:
    """Names and values in two columns, those without a value left out. Nothing is cut: it is there to be copied."""
    said = {name: plain(value) for name, value in facts.items() if value}
    longest = max(map(len, said), default=0)
    for name, value in said.items():
        yield f"  {name.ljust(longest)}  {value}"
