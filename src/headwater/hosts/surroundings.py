"""What the client finds when a step uses it: the run's own root and namespace, as environment variables."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from headwater.records.run import RunRecord


def client_variables(run: RunRecord, storage_url: str) -> dict[str, str]:
    """For a process that runs nothing but attempts of one run."""
    namespace = {"HEADWATER_NAMESPACE": run.namespace} if run.namespace else {}
    return {"HEADWATER_DATASTORE_ROOT": storage_url, **namespace}


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
