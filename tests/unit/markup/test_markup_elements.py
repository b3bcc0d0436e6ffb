"""HTML as values."""

from headwater.markup.elements import Markup, element, fold, join, table


def test_text_is_escaped_and_an_element_is_not_escaped_again() -> None:
    inner = element("b", "1 < 2 & <script>")
    assert inner == "<b>1 &lt; 2 &amp; &lt;script&gt;</b>"
    assert element("p", inner, " ok") == f"<p>{inner} ok</p>"


def test_attributes_are_escaped() -> None:
    assert element("a", title='"><script>') == '<a title="&quot;&gt;&lt;script&gt;"></a>'


def test_control_characters_and_lone_surrogates_are_spelled_out() -> None:
    assert element("p", "\x1b[31m \ud800") == "<p>\\x1b[31m \\ud800</p>"


def test_nothing_is_left_out_and_what_is_between_is_text() -> None:
    assert join(["a", None, "b"], " < ") == "a &lt; b"
    assert isinstance(join([]), Markup)


def test_a_table_has_a_head_for_every_column_and_ends_numbers_at_the_right() -> None:
    made = table(["name", "count"], [["a<b", 3]], numbers=[1])
    assert '<th scope="col">name</th><th class="r" scope="col">count</th>' in made
    assert '<td>a&lt;b</td><td class="r">3</td>' in made


def test_what_is_folded_can_stand_open() -> None:
    assert fold("More", "x") == "<details><summary>More</summary>x</details>"
    assert fold("More", "x", is_open=True).startswith('<details open="">')
