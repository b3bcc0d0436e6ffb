"""The notebook of the examples: executed as it stands, it shows every object, well formed."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook.ipynb"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq", "ignore::RuntimeWarning:zmq")


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADWATER_DATASTORE_ROOT", str(folder / "root"))
        patch.setenv("HEADWATER_USER", "ada")
        found: Any = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
        client = nbclient.NotebookClient(
            found, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
    return found


def outputs(notebook: Any, source: str) -> list[Any]:
    """What the cell gave whose source ends so."""
    (cell,) = [one for one in notebook.cells if one.cell_type == "code" and one.source.endswith(source)]
    found: list[Any] = cell.outputs
    return found


def html(notebook: Any, source: str) -> str:
    """The representation of a cell's value."""
    (found,) = [one.data["text/html"] for one in outputs(notebook, source) if one.output_type == "execute_result"]
    return str(found)


class Text(HTMLParser):
    """The words of a page, of which every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "img" and not (self.get_starttag_text() or "").endswith("/>"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """It is closed already."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("tags=\"notebook\")\nrun", ["Run", "✓ succeeded", "6 tasks", "Fits one degree.", "notebook"]),
        ('Flow("CurveFlow")', ["Flow", "Fits curves of several degrees", "✓ succeeded"]),
        ('run["fit"]', ["Step", "6 tasks"]),
        ('run["choose"].task', ["Task", "picture", "degree", "error"]),
        ('["points"]', ["Artifact", "120 rows", "3 columns", "float64", "aside"]),
        ('["picture"]', ["Artifact", "500", "300"]),
        ('runs("noise")', ["2 runs", "noise=0.6"]),
        ("latest_run", ["Run", "✗ failed", "not run"]),
        ("Headwater()", ["Root", "CurveFlow"]),
    ],
)  # fmt: skip
def test_every_object_is_shown(notebook: Any, source: str, words: list[str]) -> None:
    page = html(notebook, source)
    text = " ".join(Text(page).words)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_a_run_shows_its_graph_while_it_goes_on_and_one_line_at_its_end(notebook: Any) -> None:
    found = outputs(notebook, 'tags="notebook")\nrun')
    (progress,) = [one for one in found if one.output_type == "display_data"]
    text = " ".join(Text(progress.data["text/html"]).words)
    assert "9 tasks done in" in text
    printed = "".join(one.text for one in found if one.output_type == "stream" and one.name == "stdout")
    assert printed.startswith("120 points, ")
    assert "is best, with an error of" in printed


def test_runs_are_compared_in_a_frame(notebook: Any) -> None:
    page = html(notebook, '[["run_id", "noise", "degree", "error"]]')
    assert page.count("<tr") == 4
    assert html(notebook, ".head(3)").count("<tr") == 4


def test_a_failure_shows_the_line_of_the_cell_and_none_of_ours(notebook: Any) -> None:
    (error,) = [one for one in outputs(notebook, "degrees=0)") if one.output_type == "error"]
    text = "\n".join(error.traceback)
    assert error.ename == "RunFailed"
    assert "headwater.resume(CurveFlow" in text
    assert "site-packages" not in text
    assert "runner/api.py" not in text


def test_a_runner_of_the_notebook_gives_a_run(notebook: Any) -> None:
    (statuses,) = outputs(notebook, "[each.status for each in running]")
    assert statuses.data["text/plain"] == "['successful', 'successful']"
    words = " ".join(Text(html(notebook, "nbrun(noise=0.5)\nbeside")).words)
    assert "✓ succeeded" in words
    assert "noise" in words
