"""A graph as text and as dot."""

from headwater.graph.model import Graph
from headwater.graph.render import as_dot, as_text
from headwater.records.decorators import Resources, Retry
from headwater.records.graph import Case, Node, NodeKind


def a_graph() -> Graph:
    return Graph(
        "Train",
        [
            Node(name="start", kind=NodeKind.FOREACH, targets=("fit",), foreach="sizes", doc="Choose the sizes."),
            Node(
                name="fit",
                kind=NodeKind.SWITCH,
                targets=("fit", "gather"),
                cases=(Case(value="more", step="fit"), Case(value="good", step="gather")),
                condition="verdict",
                decorators=(Retry(times=2), Resources()),
            ),
            Node(name="gather", kind=NodeKind.LINEAR, targets=("end",), join=True),
            Node(name="end", kind=NodeKind.END),
        ],
        "start",
        "end",
        doc="Fits models.\n\nOne a size.",
    )


def test_text_shows_each_step_with_doc_decorators_and_arrows() -> None:
    assert as_text(a_graph()) == (
        "Train\n"
        "\n"
        "    Fits models.\n"
        "\n"
        "    One a size.\n"
        "\n"
        "Step start\n"
        "    Choose the sizes.\n"
        "    => fit, for each of sizes\n"
        "\n"
        "Step fit (may repeat)\n"
        "    @retry(times=2)\n"
        "    @resources\n"
        "    => fit, when verdict is 'more'\n"
        "    => gather, when verdict is 'good'\n"
        "\n"
        "Step gather (joins start)\n"
        "    => end\n"
        "\n"
        "Step end\n"
    )


def test_dot_names_every_step_and_edge() -> None:
    dot = as_dot(a_graph())
    assert dot.startswith('digraph "Train" {\n')
    assert '"start" -> "fit" [label="each of sizes"];' in dot
    assert '"fit" -> "gather" [label="good", style=dashed];' in dot
    assert '"gather" [shape=trapezium];' in dot
    assert dot.endswith("}\n")
