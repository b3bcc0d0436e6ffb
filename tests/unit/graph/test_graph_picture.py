"""Where steps stand in a picture, and the picture as SVG."""

from itertools import combinations
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from headwater.graph.picture import Box, Picture, lay_out
from headwater.graph.svg import StepState, as_svg
from headwater.records.graph import Case, Node, NodeKind


def line(name: str, *targets: str) -> Node:
    return Node(name=name, kind=NodeKind.SPLIT if len(targets) > 1 else NodeKind.LINEAR, targets=targets)


def diamond() -> list[Node]:
    return [
        line("start", "a", "b"),
        line("a", "join"),
        line("b", "c"),
        line("c", "join"),
        line("join", "end"),
        line("end"),
    ]


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    """Any nodes at all, loops and steps that nothing leads to among them."""
    names = [f"step_{number}" for number in range(draw(st.integers(0, 9)))]
    if not names:
        return []
    return [line(name, *draw(st.lists(st.sampled_from(names), max_size=4))) for name in names]


def boxes(picture: Picture) -> dict[str, Box]:
    return {box.step: box for box in picture.boxes}


def overlap(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or above)


def test_a_step_stands_to_the_right_of_all_that_lead_to_it() -> None:
    found = boxes(lay_out(diamond()))
    assert found["start"].x < found["a"].x == found["b"].x < found["c"].x < found["join"].x < found["end"].x


def test_branches_stand_in_the_order_written() -> None:
    found = boxes(lay_out([line("start", "a", "b", "c"), *(line(name, "end") for name in "abc"), line("end")]))
    assert found["a"].y < found["b"].y < found["c"].y
    assert found["start"].y == found["b"].y == found["end"].y


def test_an_arrow_over_several_layers_crosses_no_step() -> None:
    picture = lay_out(diamond())
    (arrow,) = [one for one in picture.arrows if (one.source, one.target) == ("a", "join")]
    passed = boxes(picture)["c"]
    beside = [y for x, y in arrow.points if passed.x <= x <= passed.x + passed.width]
    assert len(beside) == 2
    assert all(y < passed.y or y > passed.y + passed.height for y in beside)


@given(graphs())
def test_every_step_has_a_place_of_its_own_within_the_picture(nodes: list[Node]) -> None:
    picture = lay_out(nodes)
    assert [box.step for box in picture.boxes] == [node.name for node in nodes]
    assert not [pair for pair in combinations(picture.boxes, 2) if overlap(*pair)]
    for box in picture.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.width
        assert box.y + box.height <= picture.height


@given(graphs())
def test_every_edge_has_one_arrow_and_goes_right_or_is_marked_as_going_back(nodes: list[Node]) -> None:
    picture = lay_out(nodes)
    edges = {(node.name, target) for node in nodes for target in node.targets}
    assert sorted((arrow.source, arrow.target) for arrow in picture.arrows) == sorted(edges)
    found = boxes(picture)
    for arrow in picture.arrows:
        assert arrow.back or found[arrow.source].x < found[arrow.target].x


@given(graphs())
def test_the_svg_of_any_graph_is_well_formed(nodes: list[Node]) -> None:
    ElementTree.fromstring(as_svg(nodes))


def test_the_svg_says_states_in_words_and_signs_and_not_by_colour_alone() -> None:
    states = {"start": StepState("succeeded", "1.2 s"), "a": StepState("failed", "1 of 3 failed", several=True)}
    text = "".join(ElementTree.fromstring(as_svg(diamond(), states, title="Train")).itertext())
    assert "✓ 1.2 s" in text
    assert "✗ 1 of 3 failed" in text
    assert text.startswith("Train")


def test_names_from_elsewhere_are_text_and_never_markup() -> None:
    evil = "</title><script>alert(1)</script>"
    nodes = [
        Node(name="start", kind=NodeKind.SWITCH, targets=("end",), cases=(Case(value=evil, step="end"),), doc=evil),
        line("end"),
    ]
    svg = as_svg(nodes, {"end": StepState(evil, evil)}, title=f'"{evil}')
    assert "<script" not in svg
    ElementTree.fromstring(svg)


def test_an_arrow_is_labelled_with_what_decides_that_it_is_taken() -> None:
    nodes = [
        Node(name="start", kind=NodeKind.FOREACH, targets=("fit",), foreach="sizes"),
        Node(
            name="fit",
            kind=NodeKind.SWITCH,
            targets=("fit", "end"),
            cases=(Case(value="more", step="fit"), Case(value="good", step="end")),
        ),
        line("end"),
    ]
    labels = {(arrow.source, arrow.target): (arrow.label, arrow.back) for arrow in lay_out(nodes).arrows}
    assert labels == {
        ("start", "fit"): ("each of sizes", False),
        ("fit", "fit"): ("more", True),
        ("fit", "end"): ("good", False),
    }
