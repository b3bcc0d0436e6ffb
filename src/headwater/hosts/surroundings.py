"""What the client finds when a step uses it: the run's own root and namespace, as environment variables."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from headwater.records.run import RunRecord
from headwater.settings import GIVEN_NAMESPACE
from headwater.storage.layered import root_below


def client_variables(run: RunRecord, storage_url: str) -> dict[str, str]:
    """For a process that runs nothing but attempts of one run."""
    variables = {"HEADWATER_DATASTORE_ROOT": root_below(storage_url)}  # where other runs are
    if run.namespace:
        variables["HEADWATER_NAMESPACE"] = run.namespace
    if "namespace" in run.options:
        variables["HEADWATER_NAMESPACE"] = run.options["namespace"]  # "" is all of them
        variables[GIVEN_NAMESPACE] = run.run_id
    return variables


@contextmanager
def variables_set(values: Mapping[str, str]) -> Iterator[None]:
    """For a process that does other things too: as they were, afterwards."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
