import pytest

from headwater import wording


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-1, "0 ms"),
        (0.0124, "12 ms"),
        (0.9996, "1.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_read_like_durations(seconds: float, written: str) -> None:
    assert wording.duration(seconds) == written


@pytest.mark.parametrize(
    ("count", "written"), [(1, "1 byte"), (1023, "1,023 bytes"), (1024, "1.0 KiB"), (3 << 30, "3.0 GiB")]
)
def test_sizes_have_the_unit_that_fits(count: int, written: str) -> None:
    assert wording.size(count) == written


def test_foreign_text_cannot_move_the_cursor() -> None:
    assert wording.plain("a\x1b[2Jb\r\tc\n") == "a\\x1b[2Jb\\x0d\tc\n"


def test_a_table_is_as_wide_as_its_cells() -> None:
    assert wording.table(("a", "b"), [("long", "1"), ("x", "")]) == ["a     b", "long  1", "x"]


def test_a_name_nearly_right_is_known() -> None:
    assert wording.nearest("trian", ["start", "train"]) == "train"
    assert wording.nearest("model", ["start", "train"]) is None
    assert wording.nearest("alpha", ["alphas"], likeness=0.99) is None


def test_text_in_markup_ends_no_tag_and_no_attribute() -> None:
    assert wording.markup("<b a=\"x\" c='y'>&\x00\ud800") == (
        "&lt;b a=&quot;x&quot; c=&#x27;y&#x27;&gt;&amp;\\x00\\ud800"
    )
