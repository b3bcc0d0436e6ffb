from headwater.cli import colours
from headwater.cli.columns import Column, cut, fitted

TABLE = [
    Column("run", ["Flow/1", "Flow/22"]),
    Column("user", ["ann", "bob"], weight=1),
    Column("tasks", ["1", "1,000"], weight=2, right=True),
    Column("parameters", ["alpha=0.1 beta=0.2 gamma=0.3", ""], weight=3, cut=True),
]


def test_a_table_that_fits_is_whole() -> None:
    assert (
        fitted(TABLE, None)
        == fitted(TABLE, 200)
        == [
            "run      user  tasks  parameters",
            "Flow/1   ann       1  alpha=0.1 beta=0.2 gamma=0.3",
            "Flow/22  bob   1,000",
        ]
    )


def test_what_can_be_cut_is_cut_before_a_column_goes() -> None:
    assert fitted(TABLE, 40)[1].endswith("  alpha=0.1 beta=0.…")
    assert all(len(line) <= 40 for line in fitted(TABLE, 40))


def test_columns_go_in_the_order_of_their_weight_and_some_stay() -> None:
    assert fitted(TABLE, 25)[0] == "run      user  tasks"
    assert fitted(TABLE, 15)[0] == "run      user"
    assert fitted(TABLE, 3)[0] == "run"


def test_a_column_without_a_cell_is_left_out() -> None:
    assert fitted([Column("run", ["1"]), Column("tags", [""])], 80) == ["run", "1"]


def test_cells_keep_to_their_line_and_cannot_move_the_cursor() -> None:
    assert fitted([Column("run", ["a\nb\tc\x1b[1m"])], 80)[1] == "a b c\\x1b[1m"


def test_what_is_too_long_ends_with_a_sign() -> None:
    assert (cut("abcdef", 6), cut("abcdef", 4), cut("abcdef", None)) == ("abcdef", "abc…", "abcdef")


def test_a_cell_in_colour_takes_no_more_room() -> None:
    column = Column("status", ["failed", "done"], colours={"failed": "31"})
    assert fitted([column, Column("run", ["1", "2"])], 80)[1:] == ["\x1b[31mfailed\x1b[0m  1", "done    2"]


def test_a_comparison_has_its_marks_and_its_code_in_colour() -> None:
    assert colours.mark("  + a") == "  \x1b[32m+\x1b[0m a"
    assert colours.mark("parameters") == "parameters"
    assert colours.code("-x = 1") == "\x1b[31m-x = 1\x1b[0m"
    assert colours.code(" same") == " same"


def test_whoever_wants_no_colour_gets_none() -> None:
    assert not colours.wanted({"NO_COLOR": "1"})
    assert not colours.wanted({"TERM": "dumb"})
    assert colours.wanted({"TERM": "xterm"})
    assert colours.of_states(None) == {}
