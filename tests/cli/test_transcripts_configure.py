import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Command


def test_a_setting_is_written_shown_and_taken_out_again(headwater: "Command", tmp_path: Path) -> None:
    own = tmp_path / ".config" / "headwater" / "headwater.toml"
    assert headwater("configure", "set", "max_workers", "3").err == f"max_workers = 3 in {own}.\n"
    assert headwater("configure", "get", "max_workers").out == "3\n"
    shown = headwater("configure", "show").out
    assert ["max_workers", "3", f"{own}:1"] in [line.split() for line in shown.splitlines()]
    assert f"your file     {own}\n" in shown
    assert headwater("configure", "unset", "max_workers").code == 0
    assert headwater("configure", "get", "max_workers").out == "16\n"
    answer = headwater("configure", "unset", "max_workers")
    assert (answer.code, answer.err) == (
        1,
        f"max_workers does not stand in {own}. Nothing says it: the default holds.\n",
    )


def test_show_in_json_says_what_holds_and_what_is_said_in_vain(headwater: "Command", tmp_path: Path) -> None:
    headwater("configure", "set", "--project", "with", "retry", "timeout:minutes=5")
    document = json.loads(headwater("configure", "show", "--json", HEADWATER_WITH="catch").out)
    found = {one["name"]: one for one in document["settings"]}
    assert found["with"]["value"] == ["catch"]
    assert found["with"]["overridden"] == [
        {"value": ["retry", "timeout:minutes=5"], "source": "project", "place": f"{tmp_path}/headwater.toml:1"}
    ]
    assert found["user"]["place"] == "HEADWATER_USER"
    assert document["project_file"] == f"{tmp_path}/headwater.toml"


def test_a_value_that_is_not_right_is_not_written(headwater: "Command", tmp_path: Path) -> None:
    answer = headwater("configure", "set", "--project", "max_workers", "many")
    assert (answer.code, "it has to be a whole number from 1 on" in answer.err) == (1, True)
    assert not (tmp_path / "headwater.toml").exists()


def test_a_profile_is_begun_by_its_first_setting(headwater: "Command") -> None:
    headwater("configure", "set", "--profile", "work", "grace_s", "2")
    assert headwater("configure", "profiles").out == "work\n  grace_s = 2.0\n"
    chosen = headwater("configure", "profiles", "--json", HEADWATER_PROFILE="work")
    assert json.loads(chosen.out)["profiles"] == {"work": {"grace_s": 2.0}}
    assert "(chosen)" in headwater("configure", "profiles", HEADWATER_PROFILE="work").out


def test_a_broken_file_stops_what_needs_it_and_can_be_mended(headwater: "Command", tmp_path: Path) -> None:
    file = tmp_path / "headwater.toml"
    file.write_text("max_wrkers = 3\n")
    answer = headwater("runs")
    assert (answer.code, answer.err) == (
        1,
        f"{file}:1: there is no setting 'max_wrkers'. Did you mean max_workers?\n",
    )
    assert headwater("version").code == 0
    mend = tmp_path / "mend.sh"
    mend.write_text('#!/bin/sh\necho "max_workers = 3" > "$1"\n')
    mend.chmod(0o755)
    answer = headwater("configure", "edit", "--project", EDITOR=str(mend))
    assert (answer.code, answer.err) == (0, f"{file} can be used as it is.\n")


def test_a_run_hears_its_settings_and_the_line_wins(python: "Command", headwater: "Command", tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text('max_workers = 3\nwith = ["retry:times=2"]\nquiet = true\n')
    first = python("greeting.py", "run")
    assert first.code == 0
    assert "square" not in first.err
    python("greeting.py", "run", "--max-workers", "2", "--with", "retry:times=5")
    runs = [json.loads(line) for line in headwater("runs", "--json").out.splitlines()]
    options = []
    for run in runs:
        record = tmp_path / "root" / "flows" / run["flow"] / run["run_id"] / "run.json"
        options.append(json.loads(record.read_text())["options"])
    assert options[1]["max_workers"] == "3"
    assert options[0]["max_workers"] == "2"
    assert "times=5" in options[0]["with_"]
    assert "times=2" not in options[0]["with_"]
