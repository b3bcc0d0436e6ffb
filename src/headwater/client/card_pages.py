"""The pages of cards as a reader completes them: what was not known while they were rendered, and what never was."""

import re

from headwater.cards.base import ENDED, LOG_TAIL
from headwater.cards.kinds import find_card
from headwater.cards.making import Surroundings, Trouble, error_page
from headwater.client.logs import read_log
from headwater.client.reader import Reader
from headwater.records.decorators import Card
from headwater.records.task import TaskRecord
from headwater.wording import duration, markup, moment

_MOST_LINES = 200
_MOST_CHARACTERS = 64_000
_WITHOUT_END = {"running": "still running", "lost": "lost: its process died without a word"}
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def completed(page: str, reader: Reader, log_key: str, record: TaskRecord | None, status: str) -> str:
    """The page with the end of the attempt's log and the moment when it ended, where it has a place for them."""
    if LOG_TAIL in page:
        page = page.replace(LOG_TAIL, f"<div data-log>{log_tail(reader, log_key)}</div>")
    if ENDED in page:
        page = page.replace(ENDED, _ended(record) if record else _WITHOUT_END.get(status, status))
    return page


def _ended(record: TaskRecord) -> str:
    return f"ended {moment(record.ended_at)}, after {duration(record.ended_at - record.started_at)}"


def log_tail(reader: Reader, key: str) -> str:
    """HTML of the last lines of a log."""
    lines = read_log(reader.storage, key).lines
    if not lines:
        return '<p class="quiet">It printed nothing.</p>'
    text = "".join(line.text + ("\n" if line.complete else "") for line in lines[-_MOST_LINES:])
    shown = _COLOURS.sub("", text)[-_MOST_CHARACTERS:]
    more = f"{len(lines) - _MOST_LINES} earlier lines are left out.\n" if len(lines) > _MOST_LINES else ""
    return f'<pre class="log">{markup(more + shown)}</pre>'


def missing_page(card: Card, record: TaskRecord) -> str:
    """The page of a card whose task was over before it could make one."""
    failure = record.failure
    trouble = Trouble(
        failure.message if failure else "The process of the task ended before its cards were rendered.",
        failure.traceback if failure else "",
    )
    return error_page(find_card("error"), card, trouble, Surroundings(None))
