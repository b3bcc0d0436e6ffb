"""Metaflow itself runs the flows that Headwater is compared on."""

from compat.conftest import NAMES, MetaflowRuns


def test_metaflow_ran_every_flow_and_its_client_reads_them(metaflow_runs: MetaflowRuns) -> None:
    assert set(metaflow_runs.run_ids) == {*NAMES, "failing-resumed"}
    assert {name for name, told in metaflow_runs.told.items() if not told["successful"]} == {"failing"}
    assert metaflow_runs.datastore.is_dir()
    assert metaflow_runs.told["shapes"]["user_tags"] == ["early", "later"]
