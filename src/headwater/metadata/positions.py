"""Task ids as texts that sort in position order: `17` is `b17`, `3.17~2` is `a3b17~a2`."""

from headwater.records.task import TaskRange


def sort_key(task_id: str) -> str:
    """Each number behind a letter for its length, so that 9 comes before 10."""
    return "".join(
        "~".join(chr(96 + len(number)) + number for number in part.split("~")) for part in task_id.split(".")
    )


def sort_bounds(taken: TaskRange) -> tuple[str, str]:
    """The sort keys of the first and the last task of a range."""
    if taken.count == 1:
        key = sort_key(taken.first)
        return key, key
    prefix, dot, last = taken.first.rpartition(".")
    final = f"{prefix}{dot}{int(last) + taken.count - 1}"
    return sort_key(taken.first), sort_key(final)
