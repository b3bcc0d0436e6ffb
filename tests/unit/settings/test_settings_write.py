import tomllib

import pytest

from headwater.settings.write import set_value, toml, unset_value

FILE = """\
# what our team agreed on
max_workers = 8  # the machines are small
with = [
  "retry:times=2",
  "timeout:minutes=5",
]

# away from the office
[profiles.home]
user = "ann"

[profiles.cluster]
"""


def test_a_value_takes_the_place_of_the_one_before_and_the_rest_stays() -> None:
    assert set_value(FILE, "", "max_workers", 4) == FILE.replace("8  # the machines are small", "4")


def test_a_value_that_goes_over_several_lines_is_replaced_whole() -> None:
    changed = set_value(FILE, "", "with", ("retry",))
    assert tomllib.loads(changed)["with"] == ["retry"]
    assert "timeout" not in changed
    assert changed.count("\n") == FILE.count("\n") - 3


def test_a_new_value_stands_at_the_end_of_its_table() -> None:
    changed = set_value(FILE, "", "user", "bob")
    assert changed == FILE.replace("]\n\n# away", ']\nuser = "bob"\n\n# away')
    changed = set_value(FILE, "profiles.home", "quiet", True)
    assert changed == FILE.replace('"ann"\n', '"ann"\nquiet = true\n')
    assert set_value(FILE, "profiles.cluster", "grace_s", 2.5) == FILE + "grace_s = 2.5\n"


def test_a_table_that_is_not_there_is_added() -> None:
    changed = set_value("a = 1", "profiles.my work", "user", "x")
    assert changed == 'a = 1\n\n[profiles."my work"]\nuser = "x"\n'
    assert set_value("", "tool.headwater", "quiet", False) == "[tool.headwater]\nquiet = false\n"


def test_a_key_of_another_table_is_another_key() -> None:
    text = '[tool.other]\nuser = "x"\n\n[tool.headwater]\nuser = "y"\n'
    assert set_value(text, "tool.headwater", "user", "z") == text.replace('"y"', '"z"')
    assert unset_value(text, "tool.other", "user") == text.replace('user = "x"\n', "")


def test_a_value_is_taken_out_with_all_its_lines() -> None:
    changed = unset_value(FILE, "", "with")
    assert "retry" not in changed
    assert "# away from the office" in changed
    assert unset_value(FILE, "", "quiet") == FILE


@pytest.mark.parametrize("value", [True, 7, 2.5, 'a "quoted" \\ text\n\x01', ("a", 'b"')])
def test_every_kind_of_value_reads_back_as_itself(value: object) -> None:
    read = tomllib.loads(f"x = {toml(value)}")["x"]
    assert (tuple(read) if isinstance(read, list) else read) == value
