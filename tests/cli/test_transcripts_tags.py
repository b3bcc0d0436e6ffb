"""Tags at the command line: of a flow's own, and of `headwater`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Answer, Command

SYSTEM = 4  # tags of the system that every run has


@pytest.fixture
def greeting(python: Command) -> Command:
    """The flow's own command line; one run was made."""
    assert python("greeting.py", "--quiet", "run", "--tag", "first").code == 0

    def run(*arguments: str, **variables: str) -> Answer:
        return python("greeting.py", *arguments, **variables)

    return run


def document(answer: Answer) -> dict[str, Any]:
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_tags_are_added_removed_and_replaced_on_the_latest_run(greeting: Command) -> None:
    added = greeting("tag", "add", "blue", "two words")
    assert (added.code, added.out) == (0, "")
    assert added.lines == ["Greeting/ID: added blue, two words. Its tags: blue, first, two words."]
    assert greeting("tag", "add", "blue").lines == ["Greeting/ID: nothing to change. Its tags: blue, first, two words."]
    replaced = greeting("tag", "replace", "--remove", "blue", "--remove", "first", "--add", "red")
    assert replaced.lines == ["Greeting/ID: removed blue, first, added red. Its tags: red, two words."]
    assert greeting("tag", "remove", "red", "two words").lines == [
        "Greeting/ID: removed red, two words. It has no tags."
    ]


def test_tag_list_shows_a_run_all_runs_and_each_tag_with_its_runs(greeting: Command, headwater: Command) -> None:
    greeting("--quiet", "run", "--tag", "second")
    one = greeting("tag", "list").out.splitlines()
    assert one[0].startswith("Greeting/")
    assert one[1] == "  second"
    assert [line.endswith("  (system)") for line in one[2:]] == [True] * SYSTEM
    assert greeting("tag", "list", "--hide-system-tags").out.splitlines()[1:] == ["  second"]
    assert greeting("tag", "list", "--all", "--flat", "--hide-system-tags").out.splitlines() == ["first", "second"]
    every = greeting("tag", "list", "--all").out.splitlines()
    assert every[0] == "Greeting, 2 runs"
    assert every[1].split() == ["first", "1", "run"]
    by_run = greeting("tag", "list", "--my-runs", "--group-by-run", "--hide-system-tags").out.splitlines()
    assert [line for line in by_run if line.startswith(" ")] == ["  second", "  first"]
    by_tag = headwater("tag", "list", "Greeting", "--group-by-tag").out.splitlines()
    assert by_tag[0] == "first"
    assert by_tag[1] == f"  {by_run[2]}"
    assert by_tag[by_tag.index("user:ada  (system)") + 1 :] == [f"  {by_run[0]}", f"  {by_run[2]}"]
    assert "You have no runs" in greeting("tag", "list", "--my-runs", HEADWATER_USER="eve").err


def test_json_answers_are_one_document(greeting: Command, headwater: Command) -> None:
    change = document(headwater("tag", "replace", "Greeting/latest", "--add", "b", "--remove", "first", "--json"))
    pathspec = change.pop("pathspec")
    system = change.pop("system_tags")
    assert pathspec == f"Greeting/{change.pop('run_id')}"
    assert change == {"flow": "Greeting", "tags": ["b"], "added": ["b"], "removed": ["first"]}
    assert len(system) == SYSTEM
    listed = document(headwater("tag", "list", pathspec, "--json"))
    assert listed == {"flow": "Greeting", "runs": [{"pathspec": pathspec, "tags": ["b"], "system_tags": system}]}
    by_tag = document(greeting("tag", "list", "--group-by-tag", "--hide-system-tags", "--json"))
    assert by_tag["tags"] == [{"tag": "b", "system": False, "runs": [pathspec]}]
    flat = document(greeting("tag", "list", "--all", "--flat", "--json"))
    assert flat == {"flow": "Greeting", "tags": ["b"], "system_tags": system}


def test_b69_what_the_rules_forbid_is_told_and_changes_nothing(greeting: Command) -> None:
    for words, message in (
        (("add", "good", "user:bob"), "begins with 'user:'"),
        (("remove", "first", "runtime:dev"), "cannot be removed: 'runtime:dev'"),
        (("add", ""), "A tag cannot be empty"),
        (("add", *map(str, range(60))), "61 tags, and 50 is the most"),
    ):
        answer = greeting("tag", *words)
        assert (answer.code, answer.out) == (1, "")
        assert message in answer.err
    assert greeting("tag", "list", "--flat", "--hide-system-tags").out == "first\n"
    assert greeting("tag", "add", "user:ada").code == 0


def test_somebody_elses_run_is_changed_only_when_that_is_said(greeting: Command) -> None:
    run_id = document(greeting("tag", "list", "--json"))["runs"][0]["pathspec"].partition("/")[2]
    latest = greeting("tag", "add", "x", HEADWATER_USER="eve")
    assert latest.code == 1
    assert f"The newest of all is Greeting/{run_id}, by ada" in latest.err
    named = greeting("tag", "add", "x", "--run-id", run_id, HEADWATER_USER="eve")
    assert named.code == 1
    assert named.err.strip().endswith("--namespace user:ada")
    for namespace, tag in (("user:ada", "x"), ("", "y"), ("first", "z")):
        answer = greeting("tag", "add", tag, "--run-id", run_id, "--namespace", namespace, HEADWATER_USER="eve")
        assert answer.code == 0, answer.err
    listed = greeting("tag", "list", run_id, "--flat", HEADWATER_USER="eve")
    assert listed.out.splitlines()[:4] == ["first", "x", "y", "z"]


def test_words_that_do_not_go_together_are_a_usage_error(greeting: Command, headwater: Command) -> None:
    for words in (
        ("add",),
        ("replace",),
        ("list", "--flat", "--group-by-tag"),
        ("list", "--all", "17"),
        ("list", "--all", "--my-runs"),
    ):
        assert greeting("tag", *words).code == 2, words
    assert headwater("tag", "add", "Greeting").code == 2
    assert "Greeting/latest for the newest" in headwater("tag", "add", "Greeting", "x").err
    assert "tags are those of a whole run" in headwater("tag", "add", "Greeting/latest/start", "x").err
    assert headwater("tag", "list", "Nowhere").err.startswith("There are no runs of Nowhere in ")


def test_a_tags_that_are_impossible_keep_a_run_from_beginning(python: Command, tmp_path: Path) -> None:
    for command in (("run",), ("resume",)):
        answer = python("greeting.py", *command, "--tag", "user:bob")
        assert (answer.code, answer.out) == (1, "")
        assert "The tag 'user:bob' begins with 'user:'" in answer.err
    assert not (tmp_path / "root").exists()
