"""The commands about cards: listing, looking, making, serving."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli.conftest import Answer, Command


@pytest.fixture
def ran(python: Command) -> None:
    assert python("reported.py", "--quiet", "run").code == 0


def document(answer: Answer) -> Any:
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


@pytest.mark.usefixtures("ran")
def test_cards_are_listed_by_the_flow_and_by_headwater(python: Command, headwater: Command, tmp_path: Path) -> None:
    text = python("reported.py", "card", "list").out.splitlines()
    assert text[0].split() == ["task", "type", "id", "hash"]
    assert text[1].split()[1:3] == ["short", "brief"]
    assert headwater("card", "list", "Reported/latest/start").out.splitlines() == text

    cards = document(headwater("card", "list", "Reported", "--json"))["cards"]
    assert [(card["type"], card["id"], card["failed"], card["live"]) for card in cards] == [
        ("short", "brief", False, False),
        ("default", None, False, False),
    ]
    assert set(cards[0]) == {
        *("pathspec", "type", "id", "hash", "path", "failed", "live", "from_resumed", "origin_pathspec")
    }
    assert document(python("reported.py", "card", "list", "latest/start/0", "--as-json", "--id", "brief"))["cards"] == [
        cards[0]
    ]
    assert python("reported.py", "card", "list", "--type", "default", "--file", "cards.json").out == ""
    assert json.loads((tmp_path / "cards.json").read_text())["cards"] == [cards[1]]
    assert document(headwater("show", "Reported/latest/start/0", "--json"))["cards"][0]["hash"] == cards[0]["hash"]
    assert (
        "Its cards (brief, default): headwater card view Reported/" in headwater("show", "Reported/latest/start/0").out
    )
    none = python("reported.py", "card", "list", "latest/end")
    assert (none.code, none.out) == (0, "")
    assert "has no cards. Put @card above a step" in none.err


@pytest.mark.usefixtures("ran")
def test_the_page_of_a_card_is_written_to_stdout_or_a_file(python: Command, headwater: Command, tmp_path: Path) -> None:
    page = python("reported.py", "card", "get", "latest/start/0", "--id", "brief")
    assert page.out.startswith("<p>Reported/")
    assert "epochs" in page.out
    assert headwater("card", "get", "Reported/latest/start/0", "page.html", "--type", "default").out == ""
    assert "the last line" in (tmp_path / "page.html").read_text()
    whole = document(headwater("card", "get", "Reported/latest/start/0", "--id", "brief", "--json"))
    assert whole["html"] == page.out
    assert whole["data"]["components"]["bar"]["data"]["max"] == 3
    assert python("reported.py", "card", "get", "latest", "--hash", whole["hash"][:10]).out == page.out


@pytest.mark.usefixtures("ran")
def test_a_card_is_opened_in_the_browser_and_where_it_is_is_said(python: Command, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!{sys.executable}\nimport sys\nopen("opened", "w").write(sys.argv[1])\n')
    browser.chmod(0o755)
    answer = python("reported.py", "card", "view", "latest/start", "--id", "brief", BROWSER=f"{browser} %s", TMPDIR=".")
    file = answer.out.strip()
    assert file.endswith("-start-0-brief.html")
    assert (tmp_path / "opened").read_text() == f"file://{file}"
    elsewhere = python("reported.py", "card", "view", "latest", "--id", "brief", "--json", BROWSER="true", TMPDIR=".")
    assert document(elsewhere)["type"] == "short"


@pytest.mark.usefixtures("ran")
def test_what_means_no_card_or_several_says_what_there_is(python: Command, headwater: Command) -> None:
    several = python("reported.py", "card", "get", "latest/start/0")
    assert several.code == 2
    assert "has 2 cards that this could mean. Say which by task, type, id or hash:" in several.err
    assert "--type short --id brief --hash " in several.err
    none = python("reported.py", "card", "get", "latest/start/0", "--id", "nobody")
    assert none.code == 1
    assert "has no such card." in none.err
    elsewhere = python("reported.py", "card", "get", "latest/nowhere")
    assert elsewhere.code == 1
    assert "has no step 'nowhere'. Its steps are start, " in elsewhere.err
    assert "There is no run of Nobody" in headwater("card", "list", "Nobody").err


@pytest.mark.usefixtures("ran")
def test_a_card_is_made_of_a_task_that_has_ended(python: Command, headwater: Command, tmp_path: Path) -> None:
    (tmp_path / "parts.json").write_text(json.dumps(["<i>one</i>", {"html": "<i>two</i>", "id": "two", "data": 2}]))
    made = python(
        *("reported.py", "card", "create", "latest/end/0", "--type", "short", "--id", "late"),
        *("--options", '{"a": 1}', "--component-file", "parts.json", "--timeout", "20", "--json"),
    )
    assert (document(made)["type"], document(made)["id"]) == ("short", "late")
    page = headwater("card", "get", "Reported/latest/end/0")
    assert page.out.endswith("/end/0 {'a': 1} <i>one</i><i>two</i></p>")
    assert headwater("card", "create", "Reported/latest/end/0").code == 0
    assert len(document(headwater("card", "list", "Reported/latest/end", "--json"))["cards"]) == 2
    assert "loss" in headwater("card", "get", "Reported/latest/end/0", "--type", "default").out
    assert headwater("card", "create", "Reported/latest/end/0").code == 0  # the same page again, which is no other
    assert "loss" in headwater("card", "get", "Reported/latest/end/0", "--type", "default").out
    data = python(
        "reported.py", "card", "create", "latest/end/0", "--mode", "refresh", "--component-file", "parts.json"
    )
    assert document(data)["components"]["two"] == {"html": "<i>two</i>", "data": 2}


@pytest.mark.usefixtures("ran")
def test_a_card_that_cannot_be_made_is_an_error_or_a_card_that_says_so(python: Command, headwater: Command) -> None:
    breaking = ("reported.py", "card", "create", "latest/end/0", "--type", "short", "--options", '{"break": 1}')
    refused = python(*breaking)
    assert (refused.code, refused.out) == (1, "")
    assert "The card 'short' raised ValueError: asked to break. To keep a card that says so" in refused.err
    kept = document(python(*breaking, "--render-error-card", "--json"))
    assert kept["failed"]
    assert "asked to break" in headwater("card", "get", "Reported/latest/end/0").out
    unknown = headwater("card", "create", "Reported/latest/end/0", "--type", "short")
    assert "There is no card of the type 'short'. Known: blank, default, error." in unknown.err
    assert "is no JSON" in python("reported.py", "card", "create", "latest/end/0", "--options", "{a").err
    assert "is no task. Name one" in python("reported.py", "card", "create", "latest/end").err


@contextmanager
def serving(folder: Path, environ: dict[str, str], *words: str) -> Iterator[str]:
    command = [sys.executable, "-m", "headwater", "card", "server", "--port", "0", "--json", *words]
    process = subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def ask(address: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
        text: str = answer.read().decode()
        return text


@pytest.mark.usefixtures("ran")
def test_the_viewer_lists_and_shows_cards_to_this_machine_only(tmp_path: Path, environ: dict[str, str]) -> None:
    with serving(tmp_path, environ, "Reported") as address:
        assert "<title>Cards · Headwater</title>" in ask(address)
        found = json.loads(ask(f"{address}cards?run="))
        assert found["runs"] == [found["run"]]
        assert found["status"] == "succeeded"
        assert [(card["task"], card["type"], card["id"]) for card in found["cards"]] == [
            ("start/0", "short", "brief"),
            ("start/0", "default", None),
        ]
        key = found["cards"][0]["key"]
        assert "epochs" in ask(f"{address}card/{key}")
        with urllib.request.urlopen(f"{address}card/{key}", timeout=20) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")
        assert json.loads(ask(f"{address}data/{key}"))["components"]["bar"]["data"]["max"] == 3
        for wrong, code in (("nothing", 404), ("card/nothing", 404)):
            with pytest.raises(urllib.error.HTTPError, match=str(code)):
                ask(f"{address}{wrong}")
        with pytest.raises(urllib.error.HTTPError, match="421"):
            ask(address, Host="evil.example")


def test_the_viewer_shows_a_running_task(python: Command, tmp_path: Path, environ: dict[str, str]) -> None:
    python("-c", "")  # puts the flows there
    (tmp_path / "wait").touch()
    process = subprocess.Popen(
        [sys.executable, "reported.py", "run"],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # the step has shown its card and printed
        with serving(tmp_path, environ) as address:
            (live,) = json.loads(ask(f"{address}cards?run="))["cards"]
            assert (live["task"], live["type"], live["live"]) == ("start/0", "default", True)
            page = ask(f"{address}card/{live['key']}")
            assert "running" in page
            data = json.loads(ask(f"{address}data/{live['key']}"))
            assert data["components"]["component-1"]["data"] == {"text": "*done*"}
            assert "the last line" in data["log"]
            (tmp_path / "wait").unlink()
            process.wait(30)
            cards = json.loads(ask(f"{address}cards?run="))["cards"]
            assert [card["live"] for card in cards] == [False, False]
    finally:
        process.kill()
        process.communicate()


def test_a_port_that_is_taken_and_a_root_without_runs_are_said(python: Command, headwater: Command) -> None:
    assert "There is no run of any flow" in headwater("card", "server").err
    assert python("reported.py", "--quiet", "run").code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} cannot be listened at" in headwater("card", "server", "--port", str(port)).err
