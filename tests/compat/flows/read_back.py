"""Everything that a client tells of the runs below a folder, as JSON: run by Metaflow's own client, or by ours.

    python read_back.py FLOW/RUN...

A task is named by what both agree on: its step, its place in each foreach around it, which turn of a loop it was.
"""

import json
import sys

from metaflow import Run, namespace


def told(value):
    """A value as text that is equal for equal values."""
    if isinstance(value, dict):
        return {"dict": [[told(key), told(one)] for key, one in value.items()]}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return {"tuple": [told(one) for one in value]}
    if isinstance(value, list):
        return [told(one) for one in value] if len(value) <= 100 else [told(value[0]), len(value), told(value[-1])]
    if type(value).__name__ in ("MetaflowExceptionWrapper", "ExceptionWrapper"):
        return {"caught": [value.type.rpartition(".")[2], value.exception]}
    return repr(value)


def read_task(task):
    exception = task.exception
    return {
        "id": task.id,
        "index": task.index,
        "artifacts": {one.id: told(one.data) for one in task},
        "hidden": {name: told(task[name].data) for name in ("_hidden",) if name in task},
        "successful": task.successful,
        "finished": task.finished,
        "exception": exception and told(exception),
        "attempt": task.current_attempt,
        "stdout": task.stdout,
        "stderr": task.stderr,
        "parents": len(list(task.parent_tasks)),
        "children": len(list(task.child_tasks)),
    }


def read_run(run):
    tasks = {}
    for step in run:
        turns = {}
        for task in sorted(step, key=lambda one: one.created_at):
            place = f"{step.id}[{task.metadata_dict.get('foreach-execution-path') or ''}]"
            turns[place] = turns.get(place, -1) + 1
            tasks[f"{place}{turns[place]}"] = read_task(task)
    return {
        "successful": run.successful,
        "finished": run.finished,
        "tags": sorted(run.tags),
        "user_tags": sorted(run.user_tags),
        "end": run.end_task and run.end_task.pathspec.split("/")[2],
        "steps": sorted(step.id for step in run),
        "data": sorted(name for name in dir(run.data) if not name.startswith("_")) if run.data else None,
        "tasks": tasks,
    }


namespace(None)
json.dump({pathspec: read_run(Run(pathspec)) for pathspec in sys.argv[1:]}, sys.stdout)
