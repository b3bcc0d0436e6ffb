"""Pages of cards: whole, with nothing from elsewhere, and no larger than what stands in them asks for."""

import re
from typing import Any

import pytest

from headwater.cards import BlankCard, Component, ErrorCard, Markdown, VegaChart
from headwater.cards.base import Fragment, rendered
from headwater.cards.heads import place
from headwater.cards.page import CHART, page, parts, section, vega
from headwater.cards.reload import components_token
from headwater.records.task import SplitFrame

LINE = {"mark": "line", "data": {"values": [{"a": 1}]}}


def fragments(*components: Component) -> list[Fragment]:
    return [rendered(one, f"part-{at}") for at, one in enumerate(components)]


def test_a_page_names_nothing_that_a_browser_would_load() -> None:
    html = page("T", parts(fragments(Markdown("text"), VegaChart(LINE)))).replace(vega(), "")
    assert re.findall(r"<(?:link|script|img|iframe)[^>]* (?:src|href)=", html) == []
    assert "@import" not in html
    assert "url(" not in html


def test_only_a_page_with_a_chart_carries_what_draws_it() -> None:
    assert vega() not in page("T", parts(fragments(Markdown("text"))))
    assert vega() in page("T", parts(fragments(VegaChart(LINE))))
    assert len(page("T")) < 30_000


def test_the_title_is_escaped_and_every_component_has_its_place() -> None:
    html = page("<T>", parts(fragments(Markdown("one"), Markdown("two"))))
    assert "<title>&lt;T&gt;</title>" in html
    assert re.findall(r'data-component="([\w-]+)"', html) == ["part-0", "part-1"]


def test_a_section_has_a_heading_and_a_note() -> None:
    assert section("A & B", "x", note="y") == "<section><h2>A &amp; B<small>y</small></h2>x</section>"


def test_what_draws_charts_cannot_end_the_script_that_it_stands_in() -> None:
    assert "</script" not in vega()
    assert "<!--" not in vega()
    assert CHART not in vega()


class Named:
    """What a blank card and an error card ask of a task."""

    pathspec = "F/1/s/0"


def test_a_blank_card_holds_the_components_alone() -> None:
    html = BlankCard(options={"title": "Mine"}, components=fragments(Markdown("text"))).render(Named())
    assert "<title>Mine</title>" in html
    assert '<main class="hw-card"><div class="parts">' in html
    assert "<title>F/1/s/0</title>" in BlankCard().render(Named())
    assert "empty" in BlankCard().render(Named())


@pytest.mark.parametrize("task", [None, object(), Named()])
def test_an_error_card_is_made_whatever_is_known_of_the_task(task: Any) -> None:
    html = ErrorCard(options={"title": "No <card>", "message": "why", "detail": "Traceback"}).render(task)
    assert "No &lt;card&gt;" in html
    assert "why" in html
    assert "Traceback" in html


def test_an_open_page_is_loaded_anew_when_it_lacks_a_place_or_what_draws_charts() -> None:
    def token(**components: str) -> str:
        return components_token({"components": {name: {"html": html} for name, html in components.items()}})

    assert token(a="1") == token(a="2")
    assert token(a="1") != token(a="1", b="1")
    assert token(a="1") != token(a=VegaChart(LINE).render())
    assert components_token(None) == components_token({})


def test_the_place_of_a_task_is_told_from_the_outermost_foreach_in() -> None:
    outer = SplitFrame(run_id="1", step="a", task_id="0", index=2, count=12, variable="models")
    inner = SplitFrame(run_id="1", step="b", task_id="2", index=0, count=4)
    assert place((outer, inner)) == "3 of 12 of models, 1 of 4 of the gang"
