"""A graph as text and as dot."""

from headwater.graph.model import Graph
from headwater.graph.render import as_dot, as_text, decorator_text
from headwater.records.decorators import Resources, Retry, UserDecorator
from headwater.records.graph import Case, Node, NodeKind
from headwater.records.secrets import Secrets, SecretSource


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


def test_a_decorator_of_the_authors_own_is_shown_as_it_was_written() -> None:
    assert decorator_text(UserDecorator(target="parts.timed", place=0)) == "@timed"
    written = UserDecorator(target="parts.cached", arguments=("x",), options={"hours": 2})
    assert decorator_text(written) == "@cached('x', hours=2)"


def test_a_secret_is_shown_by_where_it_comes_from() -> None:
    shown = decorator_text(Secrets(sources=(SecretSource(type="env-file", id="report.env"),)))
    assert shown == "@secrets(sources=['env-file.report.env'])"
