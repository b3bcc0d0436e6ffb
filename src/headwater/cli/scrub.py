"""`logs scrub`: remove what tasks printed, for good."""

import os
import sys
import time

import click

from headwater.cli.commands import Shared, ask, command_with
from headwater.cli.errors import DONE, FAILED, say
from headwater.cli.json import to_line
from headwater.cli.log_files import find_logs, newest_attempts, read_streams, stream_options
from headwater.cli.metaflow_options import granted
from headwater.cli.reading import find, reader_of, with_run
from headwater.cli.streams import Sink
from headwater.errors import HeadwaterError, NotFound
from headwater.metadata.rebuild import measure_files
from headwater.records.log import Stream
from headwater.records.log import scrub as scrub_log
from headwater.settings import find_user
from headwater.wording import counted, moment


def scrub_command(flow: str | None) -> click.Command:
    """Of a flow's own command line when `flow` is given."""

    def scrub(
        shared: Shared, pathspec: str, every: bool, attempt: int | None, yes: bool, **streams: bool | None
    ) -> int:
        wanted = read_streams(**streams)
        reader = reader_of(shared)
        place = with_run(reader, find(reader, pathspec, flow))
        assert place.run is not None
        reader.histories.refuse(place.flow, place.run, "scrubbed")
        if reader.run_end(place.flow, place.run) is None and reader.is_alive(place.flow, place.run):
            raise HeadwaterError(f"{place.flow}/{place.run} is running. Scrub its logs when it is over.")
        found = find_logs(reader, place, attempt)
        logs = list(found) if every or attempt is not None else newest_attempts(found)
        if not logs:
            raise NotFound(f"Nothing was printed by {place}, so there is nothing to scrub.")
        names = [one.name.lower() for one in Stream if one in wanted]
        what = f"{' and '.join(names)} of {counted(len(logs), 'attempt')} of {place}"
        if not yes and not ask(f"Remove the {what} for good?"):
            say("Nothing was removed.")
            return FAILED
        now = time.time()
        note = f"What was here of {' and '.join(names)} was scrubbed by {find_user(os.environ)} on {moment(now)}."
        for log in logs:
            reader.storage.overwrite(log.key, scrub_log(reader.storage.read(log.key), wanted, note, now))
        reader.index.set_files(place.flow, place.run, measure_files(reader.storage, place.flow, place.run))
        if shared.json:
            attempts = [{"step": log.step, "task_id": log.task_id, "attempt": log.attempt} for log in logs]
            Sink(sys.stdout).write(to_line({"pathspec": str(place), "streams": names, "attempts": attempts}))
        elif not shared.quiet:
            say(f"Removed the {what}.")
        return DONE

    return command_with(
        "scrub",
        scrub,
        [
            click.Argument(["pathspec"], metavar="RUN[/STEP[/TASK]]" if flow else "FLOW/RUN[/STEP[/TASK]]"),
            *stream_options(),
            click.Option(["attempt", "--attempt"], type=click.IntRange(min=0), metavar="N", help="This attempt."),
            click.Option(["every", "--all/--latest"], default=False, help="Every attempt, or (the default) the last."),
            click.Option(["yes", "--yes", "-y"], is_flag=True, help="Do not ask."),
            *granted("--include-not-done"),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Remove what tasks printed: a secret, personal data. The log then says by whom. There is no undo.",
    )
