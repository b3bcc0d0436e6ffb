"""What is wrong with a flow, as it is shown: each problem with its line of source."""

import linecache
from collections.abc import Iterable, Iterator

from headwater.artifacts.telling import shown_path
from headwater.graph.draft import Problem
from headwater.wording import counted, plain


def problem_lines(flow: str, problems: Iterable[object]) -> list[str]:
    """`F has 2 problems:`, then where each is, what it is, and the line."""
    found = list(problems)
    return [f"{flow} has {counted(len(found), 'problem')}:", *(line for one in found for line in _lines(one))]


def _lines(problem: object) -> Iterator[str]:
    if not isinstance(problem, Problem):
        yield f"  {plain(str(problem))}"
        return
    yield f"  {plain(shown_path(problem.file))}:{problem.line}: {plain(problem.message)} {plain(problem.remedy)}"
    source = linecache.getline(problem.file, problem.line).strip()
    if source:
        yield f"      {plain(source)}"
