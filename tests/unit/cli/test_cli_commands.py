import click
import pytest

from headwater.cli.commands import Entry, LazyGroup, Shared, command_with, shared_options
from headwater.cli.errors import guarded
from headwater.errors import NotFound
from headwater.runner.options import Isolation


def read(*arguments: str, taken: frozenset[str] = frozenset()) -> Shared:
    """What a command hears when the line is given."""
    heard: list[Shared] = []
    group = click.Group("flow", params=shared_options(with_environment=True))
    group.add_command(command_with("run", lambda shared: heard.append(shared), taken=taken))
    group.main(list(arguments), "flow", standalone_mode=False)
    return heard[0]


def test_our_options_stand_before_the_command_or_after_it() -> None:
    before = read("--quiet", "--json", "--datastore-root", "/x", "--with", "retry", "--isolation", "spawn", "run")
    after = read("run", "--quiet", "--json", "--datastore-root", "/x", "--with", "retry", "--isolation", "spawn")
    assert before == after == Shared(True, True, "/x", ("retry",), Isolation.SPAWN)


def test_what_stands_after_the_command_wins_and_decorators_add_up() -> None:
    shared = read("--datastore-root", "/x", "--with", "retry", "run", "--datastore-root", "/y", "--with", "catch")
    assert (shared.datastore_root, shared.with_) == ("/y", ("catch", "retry"))  # of two of a kind the first counts


def test_an_option_whose_name_is_taken_is_not_ours_after_the_command() -> None:
    with pytest.raises(click.NoSuchOption):
        read("run", "--quiet", taken=frozenset({"--quiet"}))
    assert read("--quiet", "run", taken=frozenset({"--quiet"})).quiet


def test_the_environment_gives_what_the_line_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", "/env")
    monkeypatch.setenv("HEADWATER_QUIET", "1")
    assert read("run") == Shared(quiet=True, datastore_root="/env")
    assert read("run", "--datastore-root", "/line").datastore_root == "/line"


def test_a_group_lists_its_commands_without_importing_them(capsys: pytest.CaptureFixture[str]) -> None:
    group = LazyGroup({"paint": Entry("no.such.module", "Paint something.")}, (), name="g")
    assert group.main(["--help"], "g", standalone_mode=False) == 0
    assert "paint  Paint something." in capsys.readouterr().out


def raising(error: BaseException) -> int:
    def action() -> int:
        raise error

    return guarded(action)


def test_an_error_of_ours_is_its_message_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(NotFound("There is no run 7. Look for another.")) == 1
    assert capsys.readouterr() == ("", "There is no run 7. Look for another.\n")


def test_an_unknown_error_is_shown_whole_and_is_our_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(ZeroDivisionError("oops")) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "ZeroDivisionError: oops" in shown
    assert "a fault in Headwater" in shown


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (click.Abort(), 130), (click.UsageError("no"), 2), (click.exceptions.Exit(7), 7)],
)
def test_every_way_to_stop_has_its_code(error: BaseException, code: int) -> None:
    assert raising(error) == code
