"""What a notebook shows of runs that really happened."""

import pickle
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from flow_project import Finished, Project
from headwater import Flow, Headwater, Run, namespace

FLOW = """
class ShownFlow(FlowSpec):
    "Sums up & <b>shows</b>."

    label = Parameter("label", default="<script>alert(1)</script>")
    fail = Parameter("fail", default=False)

    @step
    def start(self):
        import pandas
        self.frame = pandas.DataFrame({"<x>": [1, 2], "who": ["<i>a</i>", "b"]})
        from matplotlib.figure import Figure
        self.figure = Figure(figsize=(2, 1), dpi=100)
        self.sizes = [1, 2, 3]
        self.next(self.fit, foreach="sizes")

    @step
    def fit(self):
        "Fits <one> size."
        print("<i>size</i>", self.input)
        if self.fail and self.input == 2:
            raise ValueError("size <2> does not fit")
        self.error = 1 / self.input
        self.next(self.join)

    @step
    def join(self, inputs):
        self.best = min(task.error for task in inputs)
        self.merge_artifacts(inputs, include=["frame"])
        self.next(self.end)

    @step
    def end(self):
        print("\\n".join(f"line {number}" for number in range(40)))
"""
_VOID = {"br", "img", "meta", "hr"}


class Page(HTMLParser):
    """Reads HTML strictly: every element is closed, in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in _VOID and self.get_starttag_text()[-2:] != "/>":  # type: ignore[index]  # a tag was just read
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture(scope="module")
def runs(new_project: Callable[[], Project]) -> tuple[Finished, Finished]:
    """One that succeeded, one that failed."""
    project = new_project()
    return project.run(FLOW, "--tag", "<tag>").done(), project.run(
        FLOW, "--fail", "true", "--on-failure", "finish"
    ).failed()


@pytest.fixture(autouse=True)
def root(runs: tuple[Finished, Finished], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(runs[0].project.root))
    namespace(None)
    yield
    namespace(None)


def page(thing: object) -> Page:
    """What a notebook would show, checked for what holds of all of it."""
    html = thing._repr_html_()  # type: ignore[attr-defined]  # each of these has one
    assert len(html) < 20_000
    found = Page(html)
    assert not {"script", "link", "iframe", "b"} & set(found.names), "text became markup, or something is loaded"
    sources = [value for name, value in found.attributes if name in ("src", "href", "onclick")]
    assert all(value and value.startswith("data:image/png;base64,") for value in sources)
    return found


@pytest.fixture
def good(runs: tuple[Finished, Finished]) -> Run:
    return Run(runs[0].pathspec)


@pytest.fixture
def bad(runs: tuple[Finished, Finished]) -> Run:
    return Run(runs[1].pathspec)


def test_a_run_is_shown_as_its_graph_its_steps_its_parameters_and_how_to_go_on(good: Run) -> None:
    found = page(good)
    assert "svg" in found.names
    for words in (good.pathspec, "✓ succeeded", "3 tasks", "Fits <one> size.", "<tag>", "<script>alert(1)</script>"):
        assert words in found.text
    assert f"run = Run({good.pathspec!r})" in found.text


def test_a_run_that_failed_shows_the_failure_the_authors_line_and_what_was_not_run(bad: Run) -> None:
    text = page(bad).text
    assert "1 of 3 failed" in text
    assert "size <2> does not fit" in text
    assert 'raise ValueError("size <2> does not fit")' in text
    assert "not run" in text
    assert "headwater.resume(ShownFlow" in text


def test_a_flow_is_shown_with_its_graph_and_its_newest_runs(good: Run, bad: Run) -> None:
    found = page(Flow("ShownFlow"))
    assert "svg" in found.names
    assert "Sums up & <b>shows</b>." in found.text
    assert found.text.index(bad.id) < found.text.index(good.id)


def test_a_root_is_shown_as_its_flows() -> None:
    assert "ShownFlow" in page(Headwater()).text


def test_a_step_is_shown_as_its_tasks_those_that_failed_first(bad: Run) -> None:
    text = page(bad["fit"]).text
    assert "3 tasks" in text
    assert text.index("✗ failed", text.index("began")) < text.index("✓ succeeded", text.index("began"))


def test_a_task_is_shown_with_its_values_and_the_end_of_its_log(good: Run) -> None:
    text = page(good["end"].task).text
    assert "the last 12 of 40 lines" in text
    assert "line 39" in text
    assert "line 27" not in text
    assert "best" in text
    assert "join/0" in text


def test_a_task_that_failed_shows_why(bad: Run) -> None:
    (task,) = bad.failed_tasks
    text = page(task).text
    assert "size <2> does not fit" in text
    assert "<i>size</i> 2" in text


def test_a_frame_is_shown_as_its_columns_without_being_loaded(good: Run) -> None:
    artifact = good["start"]["0"]["frame"]
    for blob in artifact.ref.blobs:
        # Gone: what is shown cannot come from it.
        next((Path(good.root) / "blobs").rglob(f"*{blob.hash}*")).unlink()
    text = page(artifact).text
    for words in ("2 rows", "2 columns", "<x>", "int64", "<i>a</i>"):
        assert words in text


def test_a_figure_is_shown_small(good: Run) -> None:
    found = page(good["start"]["0"]["figure"])
    assert ("alt", "matplotlib.figure.Figure of 200 × 100 pixels, small") in found.attributes
    assert "img" in page(good["start"].task).names


def test_a_difference_is_shown_as_text(good: Run, bad: Run) -> None:
    text = page(good.diff(bad)).text
    assert "~ fail" in text
    assert "False → True" in text


def test_data_and_parameters_are_shown_as_tables(good: Run) -> None:
    assert "best" in page(good.data).text
    assert "<script>alert(1)</script>" in page(good.parameters).text


def test_a_listing_is_shown_and_nothing_is_taken_from_it(good: Run, bad: Run) -> None:
    listing = Flow("ShownFlow").runs()
    assert bad.id in page(listing).text
    assert [run.id for run in listing] == [bad.id, good.id]


def test_what_is_gone_says_so_and_raises_nothing(good: Run) -> None:
    run = pickle.loads(pickle.dumps(good))
    run._spec = run._spec._replace(run="1")
    assert "There is no run '1'" in page(run).text
