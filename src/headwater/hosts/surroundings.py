"""What the client finds when a step uses it: the run's own root and namespace, as environment variables."""

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
