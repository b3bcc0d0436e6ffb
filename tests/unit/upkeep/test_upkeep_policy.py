"""Which runs go, decided from facts."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from headwater.upkeep.policy import Choice, Policy, RunFacts, RunKey, Why, choose, dependents, reached_from

NOW = 1_000_000.0


def facts(run_id: int, status: str = "succeeded", flow: str = "F", tags: tuple[str, ...] = ()) -> RunFacts:
    """A run that began as many seconds after 0 as its id says."""
    return RunFacts(RunKey(flow, str(run_id)), float(run_id), status, tags)


def gone(choice: Choice) -> list[str]:
    return [run.key.run_id for run in choice.doomed]


def why(choice: Choice) -> dict[str, Why]:
    return {kept.run.key.run_id: kept.why for kept in choice.kept}


def key(run_id: int) -> RunKey:
    return RunKey("F", str(run_id))


def test_without_a_rule_no_run_goes() -> None:
    assert gone(choose(Policy(), [facts(1), facts(2)], {}, NOW)) == []


def test_the_last_runs_of_each_flow_stay() -> None:
    runs = [facts(1), facts(2), facts(3), facts(4, flow="G")]
    assert gone(choose(Policy(keep_last=1), runs, {}, NOW)) == ["2", "1"]
    assert gone(choose(Policy(keep_last=0), runs, {}, NOW)) == ["4", "3", "2", "1"]


def test_with_two_rules_only_what_meets_both_goes() -> None:
    runs = [facts(number) for number in (1, 2, 3)]
    assert gone(choose(Policy(keep_last=1, before=2.0), runs, {}, NOW)) == ["1"]
    assert gone(choose(Policy(before=3.0), runs, {}, NOW)) == ["2", "1"]


def test_other_flows_tags_and_failures_can_be_left() -> None:
    runs = [facts(1, "failed"), facts(2, tags=("x",)), facts(3, flow="G"), facts(4, "interrupted"), facts(5)]
    policy = Policy(keep_last=0, flows=("F",), keep_tagged=True, keep_failed=True)
    choice = choose(policy, runs, {}, NOW)
    assert gone(choice) == ["5"]
    assert why(choice) == {"1": Why.FAILED, "2": Why.TAGGED, "3": Why.OTHER_FLOW, "4": Why.FAILED}


def test_what_runs_is_pinned_or_was_lost_just_now_stays_whatever_is_asked() -> None:
    runs = [facts(1, "running"), facts(2, tags=("a", "keep")), facts(int(NOW) - 60, "lost"), facts(3, "lost")]
    choice = choose(Policy(keep_last=0), runs, {}, NOW)
    assert gone(choice) == ["3"]
    assert set(why(choice).values()) == {Why.RUNNING, Why.PINNED, Why.YOUNG}


def test_from_whom_a_run_that_stays_took_tasks_over_stays_too() -> None:
    runs = [facts(1), facts(2), facts(3), facts(4)]
    origins = {key(4): {key(2)}, key(2): {key(1)}}
    choice = choose(Policy(keep_last=1), runs, origins, NOW)
    assert gone(choice) == ["3"]
    assert {kept.run.key.run_id: kept.by for kept in choice.kept} == {"4": None, "2": key(4), "1": key(2)}


def test_from_whom_a_run_that_goes_took_tasks_over_goes_with_it() -> None:
    runs = [facts(1), facts(2), facts(3)]
    assert gone(choose(Policy(keep_last=1), runs, {key(2): {key(1)}}, NOW)) == ["2", "1"]


def test_dependents_are_found_however_far_away() -> None:
    origins = {key(2): {key(1)}, key(3): {key(2)}, key(5): {key(4)}}
    assert dependents([key(1)], origins) == [key(2), key(3)]
    assert dependents([key(1), key(2)], origins) == [key(3)]


@given(
    statuses=st.lists(st.sampled_from(["succeeded", "failed", "lost", "running"]), max_size=12),
    links=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20),
    last=st.integers(0, 5),
)
def test_no_run_that_stays_needs_one_that_goes(statuses: list[str], links: set[tuple[int, int]], last: int) -> None:
    runs = [facts(number, status) for number, status in enumerate(statuses)]
    origins: dict[RunKey, set[RunKey]] = {}
    for one, other in links:
        if other < one < len(runs):
            origins.setdefault(key(one), set()).add(key(other))
    choice = choose(Policy(keep_last=last), runs, origins, NOW)
    stays = {kept.run.key for kept in choice.kept}
    assert {run.key for run in choice.doomed} | stays == {run.key for run in runs}
    assert not reached_from(stays, _plain(origins)).keys() & {run.key for run in choice.doomed}
    assert all(run.status != "running" for run in choice.doomed)


def _plain(origins: Mapping[RunKey, set[RunKey]]) -> dict[RunKey, list[RunKey]]:
    return {one: sorted(others) for one, others in origins.items()}
