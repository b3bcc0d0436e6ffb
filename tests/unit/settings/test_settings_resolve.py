import re
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.errors import SettingsError
from headwater.runner.options import Isolation, OnFailure, RunOptions, options_of
from headwater.settings import resolve_settings
from headwater.settings.resolve import read_configuration
from headwater.settings.table import SETTINGS, read_value, suggest

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return make


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "USER": "ann"}


def test_the_environment_wins_over_the_project_and_the_project_over_the_user(
    tmp_path: Path, environ: dict[str, str], write: Write
) -> None:
    write("config/headwater/headwater.toml", 'max_workers = 2\ngrace_s = 2\nuser = "own"\n')
    file = write("project/headwater.toml", "max_workers = 3\ngrace_s = 3\n")
    folder = tmp_path / "project" / "deeper"
    folder.mkdir()
    said = read_configuration({**environ, "HEADWATER_MAX_WORKERS": "4"}, folder)
    assert [(one.value, one.source) for one in said.all("max_workers")] == [
        (4, "environment"),
        (3, "project"),
        (2, "user"),
    ]
    assert said.all("grace_s")[0] == (3.0, "project", f"{file}:2")
    assert said.said("user") == "own"
    assert said.said("quiet") is None


def test_a_profile_wins_over_the_top_of_the_users_file(tmp_path: Path, environ: dict[str, str], write: Write) -> None:
    write("config/headwater/headwater.toml", 'user = "ann"\nquiet = true\n[profiles.work]\nuser = "a.smith"\n')
    said = read_configuration({**environ, "HEADWATER_PROFILE": "work"}, tmp_path)
    assert (said.said("user"), said.said("quiet")) == ("a.smith", True)
    assert said.all("user")[0].source == "profile"
    assert said.profiles == ("work",)
    with pytest.raises(SettingsError, match=r"names 'wrok', which is no profile of yours. Did you mean work\?"):
        read_configuration({**environ, "HEADWATER_PROFILE": "wrok"}, tmp_path)


def test_a_project_may_keep_its_settings_in_pyproject(tmp_path: Path, environ: dict[str, str], write: Write) -> None:
    write("pyproject.toml", '[project]\nname = "x"\n\n[tool.headwater]\non_failure = "finish"\n')
    inner = write("inner/pyproject.toml", '[project]\nname = "y"\n').parent
    said = read_configuration(environ, inner)
    assert said.all("on_failure")[0] == ("finish", "project", f"{tmp_path}/pyproject.toml:5")


def test_the_nearest_file_alone_holds(tmp_path: Path, environ: dict[str, str], write: Write) -> None:
    write("headwater.toml", "max_workers = 3\nquiet = true\n")
    inner = write("inner/headwater.toml", "max_workers = 5\n").parent
    said = read_configuration(environ, inner)
    assert (said.said("max_workers"), said.said("quiet")) == (5, None)


def test_a_folder_in_a_file_is_relative_to_the_file(tmp_path: Path, environ: dict[str, str], write: Write) -> None:
    write("headwater.toml", 'datastore_root = "kept/runs"\n')
    inner = tmp_path / "inner"
    inner.mkdir()
    assert resolve_settings(environ, inner).datastore_root == str(tmp_path / "kept" / "runs")
    assert resolve_settings(environ, inner, "given").datastore_root == "given"
    write("headwater.toml", 'datastore_root = "s3://team/runs"\n')
    assert resolve_settings(environ, inner).datastore_root == "s3://team/runs"


def test_a_flow_hears_the_file_beside_it_and_keeps_its_runs_where_it_is_run(
    tmp_path: Path, environ: dict[str, str], write: Write
) -> None:
    flows = write("flows/headwater.toml", 'user = "team"\n').parent
    settings = resolve_settings(environ, tmp_path, flow_folder=flows)
    assert (settings.user, settings.datastore_root) == ("team", str(tmp_path / ".headwater"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nmax_worker = 3\n", "headwater.toml:2: there is no setting 'max_worker'. Did you mean max_workers?"),
        ("quiet = 1\n", "headwater.toml:1: quiet = 1 cannot be used: it has to be true or false."),
        ("max_workers = true\n", "max_workers = True cannot be used: it has to be a whole number from 1 on."),
        ("with = [1]\n", "with = [1] cannot be used: it has to be a list of texts"),
        ('isolation = "frok"\n', "isolation = 'frok' cannot be used: it has to be one of fork, spawn, none."),
        ("[profiles.a]\n", "headwater.toml:1: profiles stand in the user's own file."),
        ("max_workers 3\n", "is no TOML"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_line(
    tmp_path: Path, environ: dict[str, str], write: Write, text: str, message: str
) -> None:
    write("headwater.toml", text)
    with pytest.raises(SettingsError, match=re.escape(message)):
        read_configuration(environ, tmp_path)


def test_a_wrong_variable_is_an_error_that_names_it(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="HEADWATER_GRACE_S='soon' cannot be used: it has to be a number"):
        resolve_settings({**environ, "HEADWATER_GRACE_S": "soon"}, tmp_path)


def test_a_file_that_was_changed_is_read_again(tmp_path: Path, environ: dict[str, str], write: Write) -> None:
    write("headwater.toml", "max_workers = 3\n")
    assert read_configuration(environ, tmp_path).said("max_workers") == 3
    write("headwater.toml", "max_workers = 12\n")
    assert read_configuration(environ, tmp_path).said("max_workers") == 12


def test_settings_are_the_options_of_a_run(tmp_path: Path, environ: dict[str, str], write: Write) -> None:
    write(
        "headwater.toml",
        'with = ["retry"]\nisolation = "spawn"\nmax_num_splits = 7\nmax_log_size = 2\non_failure = "finish"\n',
    )
    assert options_of(resolve_settings(environ, tmp_path)) == RunOptions(
        with_=("retry",), isolation=Isolation.SPAWN, max_splits=7, max_log_bytes=2 << 20, on_failure=OnFailure.FINISH
    )


def test_the_table_has_the_defaults_and_choices_of_a_run() -> None:
    values = {name: setting.default for name, setting in SETTINGS.items() if setting.in_run}
    said = {name: value for name, value in values.items() if value is not None}
    settings = resolve_settings({"HOME": "/nonexistent"}, Path("/"))
    assert options_of(settings._replace(run=said)) == RunOptions()
    for kind, name in ((Isolation, "isolation"), (OnFailure, "on_failure")):
        assert [read_value(SETTINGS[name], one.value) for one in kind] == [one.value for one in kind]


def test_a_name_that_is_like_none_is_answered_with_all() -> None:
    assert suggest("zzz", {"b", "a"}) == "There are: a, b."
