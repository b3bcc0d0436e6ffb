"""Cards as a browser shows them: no complaint, no request, light and dark, narrow and wide."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from socket import create_server
from typing import Any, Literal

import altair
import pandas
import pytest

from flow_project import Project
from headwater.cards import Component, Image, JSONViewer, Markdown, ProgressBar, Table, VegaChart
from headwater.cards.base import MESSAGE, rendered
from headwater.cards.page import page, parts
from headwater.client.cards import get_cards
from headwater.client.headwater import Headwater
from headwater.client.scope import namespace

ROOT = Path(__file__).parents[2]
LOOKS: list[tuple[Literal["light", "dark"], int]] = [("light", 1100), ("dark", 360)]
CHART = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "data": {"values": [{"a": n, "b": n * n} for n in range(9)]},
    "mark": "line",
    "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
}
MakeReader = Callable[..., Any]


def _load_tool() -> Any:
    spec = importlib.util.spec_from_file_location("card_pictures", ROOT / "tools" / "card_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _load_tool()
NAMES = TOOL.names_of_components()


def card(*components: Any) -> str:
    return page("A card", parts(rendered(one, f"part-{at}") for at, one in enumerate(components)))


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize("name", NAMES)
def test_a_component_of_the_reference_is_shown_without_a_complaint(
    name: str, theme: str, width: int, reader: MakeReader
) -> None:
    someone = reader(theme, width)
    html = TOOL.as_page(name, TOOL.components()[name])
    tab = someone.open(html)
    if 'class="chart' in html:
        tab.wait_for_selector(".chart svg")
    assert someone.is_content(), (someone.complaints, someone.requests)
    assert someone.fits()
    assert tab.locator("[data-component]").first.bounding_box()["height"] > 10
    assert tab.locator(".failed").count() == 0


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The cards of a flow that was run, by step."""
    project = Project(tmp_path_factory.mktemp("report"))
    finished = project.run(
        """
        from headwater import card

        class ReportFlow(FlowSpec):
            @card
            @step
            def start(self):
                import pandas
                self.frame = pandas.DataFrame({"a": range(500), "b": "<b>bold</b>"})
                self.text = "<script>document.title = 'taken'</script>"
                self.items = ["one", "two"]
                print("<i>loaded</i>")
                self.next(self.work, foreach="items")

            @card
            @retry(times=1, minutes_between_retries=0)
            @step
            def work(self):
                if current.retry_count == 0:
                    raise ValueError("<img src=x onerror=alert(1)>")
                self.next(self.join)

            @step
            def join(self, inputs):
                self.next(self.end)

            @card
            @step
            def end(self):
                raise RuntimeError("no end")
        """
    )
    namespace(None)
    run = Headwater(root=str(project.root))["ReportFlow"][finished.run_id]
    return {step: get_cards(run[step]["0"])[0].get() for step in ("start", "work", "end")}


@pytest.mark.parametrize(("theme", "width"), LOOKS)
@pytest.mark.parametrize("step", ["start", "work", "end"])
def test_a_default_card_is_shown_without_a_complaint(
    step: str, theme: str, width: int, report: dict[str, str], reader: MakeReader
) -> None:
    someone = reader(theme, width)
    tab = someone.open(report[step])
    assert someone.is_content(), (someone.complaints, someone.requests)
    assert someone.fits()
    assert tab.locator("h1").inner_text().startswith(step)
    assert tab.title().startswith("ReportFlow/")
    assert tab.locator(".hw-graph g.succeeded, .hw-graph g.failed").count() == 1


def test_a_default_card_shows_values_as_text_frames_as_tables_and_the_log(
    report: dict[str, str], reader: MakeReader
) -> None:
    tab = reader().open(report["start"])
    text = tab.locator("main").inner_text()
    assert "'<script>document.title = 'taken'</script>'" in text.replace('"', "'")
    assert "500 rows" in text
    assert "<b>bold</b>" in text
    assert tab.locator("pre.log").inner_text() == "<i>loaded</i>\n"


def test_a_default_card_shows_every_attempt_on_the_line_of_time(report: dict[str, str], reader: MakeReader) -> None:
    tab = reader().open(report["work"])
    labels = [bar.get_attribute("aria-label") for bar in tab.locator(".track .rail").all()]
    assert labels == ["attempt 0: failed", "attempt 1: succeeded"]
    assert "1 of 2 of items: 'one'" in tab.locator("h1").inner_text()


def test_the_card_of_a_failed_task_begins_with_the_failure_and_the_authors_lines(
    report: dict[str, str], reader: MakeReader
) -> None:
    tab = reader().open(report["end"])
    first = tab.locator("section").first.inner_text()
    assert "RuntimeError: no end" in first
    assert 'raise RuntimeError("no end")' in first


def test_a_card_is_printed_black_on_white_and_whole(report: dict[str, str], reader: MakeReader) -> None:
    someone = reader("dark")
    someone.open(report["start"]).emulate_media(media="print")
    assert someone.tells("getComputedStyle(document.querySelector('.hw-card')).color") == "rgb(31, 35, 40)"
    assert someone.tells("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert someone.tells(
        "[...document.querySelectorAll('pre, .hw-scroll')].every(one => one.scrollHeight <= one.offsetHeight)"
    )


def test_a_table_that_is_printed_is_no_wider_than_the_paper(reader: MakeReader) -> None:
    someone = reader(width=700)
    tab = someone.open(card(Table([["name", "x" * 400, "word " * 100, 7]])))
    tab.emulate_media(media="print")
    assert someone.fits()


def test_a_chart_is_drawn_again_when_the_reader_changes_to_dark(reader: MakeReader) -> None:
    someone = reader("light")
    tab = someone.open(card(VegaChart(CHART)))
    tab.wait_for_selector(".chart svg")
    colour = "getComputedStyle(document.querySelector('.chart svg .role-axis-label text')).fill"
    light = someone.tells(colour)
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_function(f"{colour.replace('svg .role', 'svg .role')} !== {json.dumps(light)}")
    assert someone.is_content(), someone.complaints


def test_a_chart_that_cannot_be_drawn_says_why_in_its_place(reader: MakeReader) -> None:
    someone = reader()
    tab = someone.open(card(VegaChart({"mark": "nonsense"}), Markdown("the rest")))
    assert "could not be drawn" in tab.wait_for_selector(".failed").inner_text()
    assert "the rest" in tab.locator("main").inner_text()


def test_charts_of_vega_itself_and_charts_in_tables_are_drawn(reader: MakeReader) -> None:
    someone = reader()
    vega = {
        "$schema": "https://vega.github.io/schema/vega/v5.json",
        "width": 100,
        "height": 50,
        "marks": [{"type": "rect", "encode": {"enter": {"width": {"value": 40}, "height": {"value": 20}}}}],
    }
    tab = someone.open(card(Table([["a", VegaChart(CHART)]]), VegaChart(vega, show_controls=True)))
    tab.wait_for_function("document.querySelectorAll('.chart svg.marks').length === 2")
    assert tab.locator(".chart details").count() == 1
    assert someone.is_content(), someone.complaints


def test_a_chart_of_altair_is_drawn(reader: MakeReader) -> None:
    frame = pandas.DataFrame({"day": ["Mon", "Tue"], "delay": [12.5, 9.0], "at": pandas.to_datetime(["2013", "2014"])})
    chart = altair.Chart(frame).mark_bar(tooltip=True).encode(x="day", y="delay", color="at:T")
    someone = reader()
    tab = someone.open(card(VegaChart.from_altair_chart(chart)))
    tab.wait_for_selector(".chart svg .mark-rect")
    assert tab.locator(".chart svg .mark-rect.role-mark.marks path").count() == 2
    assert someone.is_content(), someone.complaints


def test_a_card_in_a_sandboxed_frame_is_shown_whole(reader: MakeReader) -> None:
    someone = reader()
    html = card(Markdown("# Inside"), VegaChart(CHART), JSONViewer({"a": 1}))
    tab = someone.open('<!doctype html><iframe id="f" sandbox="allow-scripts" width="800" height="600"></iframe>')
    tab.evaluate("html => { document.getElementById('f').srcdoc = html }", html)
    frame = tab.frame_locator("#f")
    frame.locator(".chart svg.marks").wait_for()
    assert frame.locator("h1").inner_text() == "Inside"
    assert someone.is_content(), someone.complaints


def test_a_message_replaces_a_component_without_loading_the_page_anew(reader: MakeReader) -> None:
    someone = reader()
    bar, chart = ProgressBar(10, "Rounds"), VegaChart(CHART)
    tab = someone.open(card(bar, chart))
    tab.wait_for_selector(".chart svg.marks")
    someone.tells("window.mark = 1")
    bar.update(7)
    chart.update({**CHART, "mark": "bar"})
    told = {f"part-{at}": {"html": one.render(), "data": one.to_data()} for at, one in enumerate((bar, chart))}
    tab.evaluate("message => postMessage(message, '*')", {"type": MESSAGE, "components": told})
    tab.wait_for_selector(".chart svg .mark-rect")
    assert "7 of 10" in tab.locator(".progress").inner_text()
    assert someone.tells("window.mark") == 1
    assert someone.is_content(), someone.complaints


def test_a_message_of_another_kind_changes_nothing(reader: MakeReader) -> None:
    someone = reader()
    tab = someone.open(card(Markdown("as it was")))
    tab.evaluate("postMessage({type: 'other', components: {'part-0': {html: 'changed'}}}, '*')")
    tab.evaluate("postMessage('text', '*')")
    tab.evaluate("new Promise(done => setTimeout(done))")
    assert tab.locator("main").inner_text() == "as it was"
    assert someone.is_content(), someone.complaints


def test_what_stands_in_text_is_never_run(reader: MakeReader) -> None:
    someone = reader()
    evil = "<script>window.taken = 1</script><img src=x onerror='window.taken = 1'>"
    shown = (
        Markdown(f"{evil}\n\n[click](javascript:window.taken=1)\n\n![{evil}](https://127.0.0.1:9/x.png)"),
        Table([[evil]], headers=[evil]),
        JSONViewer({evil: evil}, title=evil),
        ProgressBar(1, evil, metadata=evil, unit=evil),
        VegaChart({**CHART, "title": "</script><script>window.taken = 1</script>"}),
    )
    tab = someone.open(card(*shown))
    tab.wait_for_selector(".chart svg.marks")
    assert someone.tells("window.taken === undefined")
    assert tab.locator("a[href^=javascript]").count() == 0
    assert someone.is_content(), (someone.complaints, someone.requests)


class Curious(Component):
    """Of an author who would load something."""

    def __init__(self, address: str) -> None:
        self.address = address

    def render(self) -> str:
        return f'<img src="{self.address}"><script>fetch("{self.address}")</script>'


def test_the_page_lets_nothing_be_loaded_whatever_a_component_holds(reader: MakeReader) -> None:
    someone = reader()
    with create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        someone.open(card(Curious(f"http://127.0.0.1:{server.getsockname()[1]}/")))
        someone.tab.wait_for_load_state("networkidle")
        with pytest.raises(BlockingIOError):  # nobody has come
            server.accept()
    assert any("Loading the image" in one for one in someone.complaints)
    assert any("Connecting to" in one for one in someone.complaints)


def test_a_viewers_text_is_copied_whole(reader: MakeReader) -> None:
    someone = reader()
    value = {"model": "forest", "folds": [11.7, {"deep": None}]}
    tab = someone.open(card(JSONViewer(value)))
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.locator("button.copy").click()
    tab.wait_for_function("document.querySelector('button.copy').textContent === 'Copied'")
    assert json.loads(someone.tells("navigator.clipboard.readText()")) == value


def test_an_image_of_every_kind_is_shown(reader: MakeReader) -> None:
    someone = reader()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="9" height="9"/></svg>'
    tab = someone.open(card(Image(svg, "a box"), Image(_png())))
    widths = "[...document.images].map(one => one.naturalWidth)"
    tab.wait_for_function("[...document.images].every(one => one.complete)")
    assert someone.tells(widths) == [20, 3]
    assert someone.is_content(), someone.complaints


def _png() -> bytes:
    from io import BytesIO

    from PIL import Image as Pillow

    with BytesIO() as file:
        Pillow.new("RGB", (3, 2), "red").save(file, "PNG")
        return file.getvalue()
