"""What a graph knows: depth, neighbours, and how joins count."""

import pytest

from headwater.errors import FlowError
from headwater.graph.model import Graph
from headwater.records.graph import Node, NodeKind

LINEAR, SPLIT, FOREACH, SWITCH, END = (
    NodeKind.LINEAR,
    NodeKind.SPLIT,
    NodeKind.FOREACH,
    NodeKind.SWITCH,
    NodeKind.END,
)


def a_node(name: str, kind: NodeKind, *targets: str, join: bool = False) -> Node:
    return Node(name=name, kind=kind, targets=targets, join=join, foreach="xs" if kind is FOREACH else "")


def stepwise() -> Graph:
    """a, b into ab; c, ab into abc; the split is inside a foreach."""
    return Graph(
        "Stepwise",
        [
            a_node("start", FOREACH, "parts"),
            a_node("parts", SPLIT, "c", "a", "b"),
            a_node("a", LINEAR, "ab"),
            a_node("b", LINEAR, "ab"),
            a_node("c", LINEAR, "abc"),
            a_node("ab", LINEAR, "abc", join=True),
            a_node("abc", LINEAR, "every", join=True),
            a_node("every", LINEAR, "end", join=True),
            a_node("end", END),
        ],
        "start",
        "end",
    )


def test_depth_counts_open_foreach_levels_only() -> None:
    graph = stepwise()
    assert [graph.depth(step) for step in ("start", "parts", "a", "ab", "abc", "every", "end")] == [0, 1, 1, 1, 1, 0, 0]


def test_a_join_of_some_branches_keeps_the_split_open() -> None:
    plan = stepwise().join("ab")
    assert plan is not None
    assert (plan.split, plan.closes, plan.need) == ("parts", False, 2)


def test_a_joined_token_weighs_as_many_branches_as_it_stands_for() -> None:
    plan = stepwise().join("abc")
    assert plan is not None
    assert plan.closes
    assert plan.need == 3
    assert plan.weights == {"c": 1, "ab": 2}


def test_sources_are_ordered_as_the_split_named_its_branches() -> None:
    plan = stepwise().join("abc")
    assert plan is not None
    assert sorted(plan.order, key=plan.order.__getitem__) == ["c", "ab"]


def test_a_foreach_join_needs_one_token_an_index() -> None:
    plan = stepwise().join("every")
    assert plan is not None
    assert (plan.split, plan.kind, plan.closes, plan.need, plan.weights) == ("start", FOREACH, True, 1, {"abc": 1})


def test_alternative_arms_carry_the_same_branch_into_a_join() -> None:
    graph = Graph(
        "Arms",
        [
            a_node("start", SPLIT, "a", "b"),
            a_node("a", SWITCH, "x", "j"),
            a_node("x", LINEAR, "j"),
            a_node("b", LINEAR, "j"),
            a_node("j", LINEAR, "end", join=True),
            a_node("end", END),
        ],
        "start",
        "end",
    )
    plan = graph.join("j")
    assert plan is not None
    assert plan.need == 2
    assert plan.weights == {"a": 1, "x": 1, "b": 1}
    assert plan.order == {"a": 0, "x": 0, "b": 1}


def test_neighbours_and_descendants() -> None:
    graph = stepwise()
    assert graph.successors("parts") == ("c", "a", "b")
    assert graph.predecessors("abc") == ("c", "ab")
    assert graph.descendants("ab") == {"abc", "every", "end"}
    assert graph.join("a") is None


def test_a_loop_is_among_its_own_neighbours() -> None:
    nodes = [a_node("start", LINEAR, "a"), a_node("a", SWITCH, "a", "end"), a_node("end", END)]
    graph = Graph("Loop", nodes, "start", "end")
    assert graph.loops("a")
    assert not graph.loops("start")
    assert graph.predecessors("a") == ("start", "a")
    assert graph.descendants("a") == {"end"}


def test_a_flawed_graph_cannot_be_made() -> None:
    with pytest.raises(FlowError, match="not joined"):
        Graph("Flawed", [a_node("start", FOREACH, "end"), a_node("end", END)], "start", "end")
    with pytest.raises(FlowError, match="no step"):
        Graph("Flawed", [a_node("start", LINEAR, "nowhere"), a_node("end", END)], "start", "end")
    with pytest.raises(FlowError, match="cannot be reached"):
        Graph(
            "Flawed", [a_node("start", LINEAR, "end"), a_node("end", END), a_node("x", LINEAR, "end")], "start", "end"
        )


def test_graphs_are_equal_by_value() -> None:
    assert stepwise() == stepwise()
