"""Components: what they take, what they show, and what they say of what they cannot take."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from PIL import Image as Pillow

import headwater.cards
from headwater.cards import (
    Artifact,
    Component,
    Error,
    EventsTimeline,
    Image,
    JSONViewer,
    Markdown,
    ProgressBar,
    PythonCode,
    Table,
    ValueBox,
    VegaChart,
    YAMLViewer,
)
from headwater.errors import CardError, ExceptionWrapper

EVIL = "<script>taken()</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
LINE = {"mark": "line", "data": {"values": [{"a": 1}]}}


def test_every_name_of_the_cards_can_be_imported_and_explains_itself() -> None:
    silent = [name for name in headwater.cards.__all__ if not getattr(headwater.cards, name).__doc__]
    assert silent == []


@pytest.mark.parametrize(
    "component",
    [
        Markdown(EVIL),
        Table([[EVIL]], [EVIL]),
        ValueBox(EVIL, EVIL, EVIL, EVIL, EVIL),
        ProgressBar(10, EVIL, 3, EVIL, EVIL),
        Error(ValueError(EVIL), EVIL),
        Artifact(EVIL, EVIL),
        Artifact([EVIL], compressed=False),
        PythonCode(code_string=f"x = '{EVIL}'  # {EVIL}"),
        JSONViewer({EVIL: EVIL}, title=EVIL),
        YAMLViewer([EVIL], title=EVIL),
        YAMLViewer(EVIL),
        Image(SVG, EVIL),
        VegaChart({**LINE, "title": EVIL}),
    ],
    ids=lambda component: type(component).__name__,
)
def test_text_is_escaped_and_the_data_are_json(component: Component) -> None:
    assert EVIL not in component.render()
    json.dumps(component.to_data(), allow_nan=False)


def test_markdown_knows_tables_and_makes_a_remote_image_a_link() -> None:
    html = Markdown("| a |\n|---|\n| 1 |\n\n![plot](https://example.org/plot.png)").render()
    assert "<table>" in html
    assert "<img" not in html
    assert 'href="https://example.org/plot.png"' in html


def test_markdown_in_triple_quotes_is_read_as_it_looks() -> None:
    html = Markdown(
        """
        # Title

        text
            code
        """
    ).render()
    assert "<h1>Title</h1>" in html
    assert "<p>text" in html


def test_markdown_follows_no_script() -> None:
    assert "href=" not in Markdown("[x](javascript:alert)").render()


def test_markdown_takes_only_text() -> None:
    with pytest.raises(CardError, match="Markdown takes text, not int"):
        Markdown(7)  # type: ignore[arg-type]  # what this test is about


def test_a_table_shows_components_in_its_cells_and_its_data_as_plain_values() -> None:
    table = Table([["a", ProgressBar(4, value=1)], ["b", None]], headers=["name", "bar"])
    assert 'role="progressbar"' in table.render()
    assert table.to_data()["rows"][1] == ["b", None]
    assert table.to_data()["rows"][0][1]["value"] == 1


def test_an_image_in_a_cell_is_shown() -> None:
    html = Table([["first", Pillow.new("RGB", (4, 4))]]).render()
    assert '<img src="data:image/png;base64,' in html
    assert "PIL" not in html


def test_columns_of_numbers_end_at_the_right() -> None:
    html = Table([["a", 1], ["b", 2.5]], ["name", "n"]).render()
    assert '<td>a</td><td class="r">1</td>' in html


def test_numbers_of_libraries_are_numbers() -> None:
    html = Table([[np.int64(1), np.float32(0.1), np.bool_(True)]]).render()
    assert html.count('class="r"') == 2
    assert ">0.1<" in html


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_a_frame_is_cut_to_its_first_rows_and_says_so(library: Any) -> None:
    table = Table.from_dataframe(library({"a": range(1000), "b": ["x"] * 1000}))
    assert table.headers == ["a", "b"]
    assert len(table.rows) == 20
    assert "20 of 1,000 rows" in table.render()


def test_a_frame_that_is_not_cut_is_shown_whole() -> None:
    table = Table.from_dataframe(pd.DataFrame({"a": range(50)}), truncate=False)
    assert len(table.rows) == 50
    assert "of 50" not in table.render()


def test_long_texts_of_a_frame_are_cut_only_with_it_and_missing_values_are_dashes() -> None:
    frame = pd.DataFrame({"a": ["x" * 500, None], "b": [float("nan"), 1.5], "c": [pd.NaT, pd.Timestamp("2013-01-02")]})
    cut = Table.from_dataframe(frame)
    assert len(cut.rows[0][0]) == 201
    assert cut.rows[0][1:] == [None, None]
    assert "2013-01-02" in cut.render()
    whole = Table.from_dataframe(frame, truncate=False)
    assert whole.rows[0] == ["x" * 500, None, None]
    assert "2013-01-02" in whole.render()
    assert whole.render().count("–") == 3


def test_a_frame_of_which_only_the_first_rows_are_looked_at() -> None:
    class Untouchable:
        def __str__(self) -> str:
            raise AssertionError("looked at")

    frame = pd.DataFrame({"a": ["x"] * 20 + [Untouchable()]})
    assert len(Table.from_dataframe(frame).rows) == 20


def test_the_labels_of_a_frame_stand_before_its_rows_unless_they_are_numbers() -> None:
    table = Table.from_dataframe(pd.DataFrame({"a": [1]}, index=["first"]))
    assert table.headers == ["", "a"]
    assert table.rows == [["first", 1]]


def test_a_table_is_updated_with_rows_or_with_a_frame() -> None:
    table = Table([[1]], ["n"])
    table.update([[2]])
    assert (table.headers, table.rows) == (["n"], [[2]])
    table.update(pd.DataFrame({"m": [3]}))
    assert (table.headers, table.rows) == (["m"], [[3]])


@pytest.mark.parametrize("data", [7, [1, 2], ["ab"]])
def test_a_table_takes_rows_and_says_how_they_look(data: Any) -> None:
    with pytest.raises(CardError, match="a list of rows"):
        Table(data)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_the_columns_of_a_frame_are_headers(library: Any) -> None:
    frame = library({"rate": [0.1], "loss": [0.5]})
    table = Table([[1, 2]], headers=frame.columns)
    assert "<th" in table.render()
    table.update([[1, 2]], pd.Series(["a", "b"]))
    assert table.to_data()["headers"] == ["a", "b"]


@pytest.mark.parametrize("headers", [7, "rate"])
def test_a_table_takes_a_list_of_headers(headers: Any) -> None:
    with pytest.raises(CardError, match="a list of headers"):
        Table([[1]], headers=headers)


def test_frames_and_rows_are_not_confused() -> None:
    with pytest.raises(CardError, match="from_dataframe"):
        Table(pd.DataFrame({"a": [1]}))
    with pytest.raises(CardError, match="takes a frame of pandas or polars, not list"):
        Table.from_dataframe([[1]])


def test_an_image_is_taken_from_bytes_paths_pillow_and_matplotlib(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    picture = Pillow.new("RGB", (3, 2), "red")
    picture.save(tmp_path / "red.jpg")
    figure, axes = plt.subplots()
    for image, kind in (
        (Image(SVG), "image/svg+xml"),
        (Image(str(tmp_path / "red.jpg")), "image/jpeg"),
        (Image(tmp_path / "red.jpg"), "image/jpeg"),
        (Image.from_pil_image(picture), "image/png"),
        (Image.from_pil_image(picture.convert("CMYK")), "image/png"),
        (Image.from_matplotlib(figure), "image/png"),
        (Image.from_matplotlib(axes), "image/png"),
    ):
        assert f'src="data:{kind};base64,' in image.render()
    plt.close(figure)


def test_an_image_can_be_updated_with_anything_that_makes_one() -> None:
    image = Image(label="before", disable_updates=False)
    assert "No image yet" in image.render()
    image.update(Pillow.new("L", (2, 2)), label="after")
    assert "after" in image.render()
    encoded = image.to_data()["src"].partition(",")[2]
    assert base64.b64decode(encoded).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        (b"no image", "PNG, JPEG"),
        ("https://example.org/x.png", "Give Image the bytes"),
        ("missing.png", "Correct its path"),
        (7, "from_matplotlib takes figures"),
    ],
)
def test_what_is_no_image_is_refused_with_the_remedy(source: Any, remedy: str) -> None:
    with pytest.raises(CardError, match=remedy):
        Image(source)


def test_what_is_no_figure_and_no_picture_is_refused() -> None:
    with pytest.raises(CardError, match="a figure or axes of matplotlib, not str"):
        Image.from_matplotlib("plot")
    with pytest.raises(CardError, match="an image of PIL, not str"):
        Image.from_pil_image("plot")


def test_an_error_shows_the_message_and_the_traceback() -> None:
    try:
        raise ValueError("no <data>")
    except ValueError as exc:
        html = Error(exc, "A title").render()
    assert "ValueError: no &lt;data&gt;" in html
    assert "Traceback (most recent call last)" in html


def test_an_error_takes_an_exception() -> None:
    with pytest.raises(CardError, match="Error takes an exception, not str"):
        Error("no data")  # type: ignore[arg-type]  # what this test is about


def test_an_error_shows_what_the_client_gives() -> None:
    html = Error(ExceptionWrapper("no data", "builtins.ValueError", "Traceback: ...")).render()
    assert "ValueError: no data" in html
    assert "Traceback: ..." in html


def test_a_chart_is_as_wide_as_the_card_unless_it_says_otherwise() -> None:
    assert '"width": "container"' in VegaChart(LINE).render()
    assert '"width": 300' in VegaChart({**LINE, "width": 300}).render()
    assert "container" not in VegaChart({"hconcat": [LINE, LINE]}).render()


def test_a_chart_takes_json_and_numbers_of_libraries() -> None:
    chart = VegaChart(json.dumps(LINE))
    assert chart.to_data() == {"spec": LINE}
    chart.update({**LINE, "data": {"values": [{"a": np.float64(1.5), "b": np.arange(2)}]}})
    assert chart.to_data()["spec"]["data"]["values"] == [{"a": 1.5, "b": [0, 1]}]


def test_missing_numbers_of_a_chart_are_null() -> None:
    html = VegaChart({"mark": "line", "data": {"values": [{"a": float("nan")}]}}).render()
    assert '{"a": null}' in html


@pytest.mark.parametrize(
    ("spec", "remedy"),
    [
        ("{mark", "no JSON"),
        (7, "Give it a dict"),
        ({"data": {"url": "https://example.org/x.csv"}, "mark": "bar"}, "data as values"),
    ],
)
def test_what_is_no_chart_is_refused_with_the_remedy(spec: Any, remedy: str) -> None:
    with pytest.raises(CardError, match=remedy):
        VegaChart(spec)
    with pytest.raises(CardError, match="a chart of Altair"):
        VegaChart.from_altair_chart(spec)


def test_a_bar_shows_its_share_and_never_more_than_all() -> None:
    bar = ProgressBar(40, "Rounds", unit="rounds")
    bar.update(10, "slow")
    assert "10 of 40 rounds · 25%" in bar.render()
    bar.update(90)
    assert "100%" in bar.render()
    assert bar.to_data()["metadata"] == "slow"
    assert "0%" in ProgressBar(0).render()


def test_a_bar_takes_numbers() -> None:
    bar = ProgressBar(np.int64(5), value=np.float32(2.5))
    assert "50%" in bar.render()
    with pytest.raises(CardError, match="a number as value, not 'ten'"):
        bar.update("ten")  # type: ignore[arg-type]  # what this test is about


def test_a_box_changes_only_what_it_is_given() -> None:
    box = ValueBox("Error", 0.123456, "of all", theme="success")
    assert "0.1235" in box.render()
    assert "good" in box.render()
    box.update(value=0)
    assert box.to_data()["title"] == "Error"
    assert "<strong>0</strong>" in box.render()


def test_code_is_shown_with_its_words_in_classes() -> None:
    html = PythonCode(code_string="def f(x):\n    return 'a' + f'{x}'  # why").render()
    assert '<span class="k">def</span> <span class="f">f</span>' in html
    assert '<span class="c"># why</span>' in html


def test_code_is_taken_from_a_function_and_shown_whole() -> None:
    assert "def test_code_is_taken" in PythonCode(test_code_is_taken_from_a_function_and_shown_whole).code


def test_code_that_is_no_python_is_shown_as_it_is() -> None:
    broken = 'SELECT "a FROM (\n  b; '
    html = PythonCode(code_string=broken).render()
    assert "SELECT" in html
    assert "FROM" in html


def test_code_without_a_source_is_refused_with_the_remedy() -> None:
    with pytest.raises(CardError, match="source of len cannot be found"):
        PythonCode(len)
    with pytest.raises(CardError, match="Give it a function"):
        PythonCode()


def test_only_the_newest_events_are_kept_and_all_are_counted() -> None:
    events = EventsTimeline("Steps", max_events=3)
    for number in range(5):
        events.update({"number": number}, style_theme="success")
    events.update(finished=True)
    stats = events.get_stats()
    assert (stats["total_events"], stats["displayed_events"], stats["finished"]) == (5, 3, True)
    assert [event["data"]["number"] for event in events.to_data()["events"]] == ["2", "3", "4"]
    html = events.render()
    assert html.index("number: </b>4") < html.index("number: </b>2")
    assert "5 events" in html
    assert "finished" in html


def test_events_show_components_below_them() -> None:
    events = EventsTimeline()
    events.update("began", payloads={"state": JSONViewer({"a": 1}), "note": "plain"})
    html = events.render()
    assert 'class="viewer"' in html
    assert "plain" in html


def test_an_event_may_be_any_value() -> None:
    events = EventsTimeline()
    events.update(np.float32(0.5))
    events.update(["a", "b"])
    assert "0.5" in events.render()
    assert "[&#x27;a&#x27;, &#x27;b&#x27;]" in events.render().replace("&#39;", "&#x27;")


def test_titles_and_labels_may_be_numbers() -> None:
    assert "2024" in ValueBox(2024, 1, 3, 4, 5).render()  # type: ignore[arg-type]  # what this test is about
    assert 'aria-label="7"' in ProgressBar(10, label=7, unit=8).render()  # type: ignore[arg-type]  # as above
    assert 'alt="3"' in Image(SVG, 3).render()  # type: ignore[arg-type]  # as above


def test_events_say_what_they_cannot_take() -> None:
    with pytest.raises(CardError, match="low, normal, high, critical"):
        EventsTimeline().update({"a": 1}, priority="urgent")
    with pytest.raises(CardError, match="at least one event"):
        EventsTimeline(max_events=0)


def test_json_is_shown_in_its_notation_and_can_be_copied() -> None:
    viewer = JSONViewer({"a": [1, None, True], "b": {}})
    html = viewer.render()
    assert "<details open" in html
    assert "&quot;a&quot;: " in html
    assert "null" in html
    assert "<template>{\n" in html
    assert "<template>" not in JSONViewer({}, show_copy_button=False).render()
    assert "<details" not in JSONViewer({"a": [1]}, collapsible=False).render()


def test_viewers_take_values_of_libraries_and_json_as_text() -> None:
    assert JSONViewer({"a": np.arange(2), 1: {2.5}}).data == {"a": [0, 1], "1": [2.5]}
    assert JSONViewer('{"a": 1}').data == {"a": 1}
    assert "no json" in JSONViewer("no json").render()


def test_yaml_quotes_what_would_be_read_as_something_else() -> None:
    html = YAMLViewer({"a": "yes", "b": "plain words", "c": "1", "d": [{"e": 1, "f": [2]}], "g": ""}).render()
    text = html.partition("<template>")[2].partition("</template>")[0]
    assert text.splitlines() == [
        "a: &quot;yes&quot;",
        "b: plain words",
        "c: &quot;1&quot;",
        "d:",
        "  - e: 1",
        "    f:",
        "      - 2",
        "g: &quot;&quot;",
    ]


def test_of_very_many_values_the_first_are_shown() -> None:
    html = JSONViewer(list(range(20_000))).render()
    assert "more</div>" in html
    assert len(html) < 1_000_000


def test_a_viewer_that_goes_in_circles_ends() -> None:
    value: dict[str, Any] = {}
    value["self"] = value
    assert "…" in JSONViewer(value).render()


def test_a_height_is_a_length() -> None:
    assert "max-height:300px" in JSONViewer({"a": 1}, max_height=300).render()
    assert "max-height:20em" in YAMLViewer([1], max_height="20em").render()
    with pytest.raises(CardError, match="max_height cannot be"):
        JSONViewer({}, max_height="1px;color:red")


def test_an_artifact_is_told_by_its_summary_or_by_its_repr() -> None:
    artifact = Artifact(np.zeros((3, 4)), name="weights")
    assert "3, 4" in artifact.render()
    assert artifact.to_data() == {"name": "weights", "type": "numpy.ndarray", "summary": "float64 (3 x 4), 0 to 0"}
    artifact.update({"a": list(range(100))})
    assert "99" not in artifact.render()
    assert "99" in Artifact({"a": list(range(100))}, compressed=False).render()


def test_a_notebook_shows_a_component_with_its_style_and_a_chart_in_a_frame() -> None:
    assert "<style>" in ProgressBar(1)._repr_html_()
    framed = VegaChart(LINE)._repr_html_()
    assert framed.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts' in framed
