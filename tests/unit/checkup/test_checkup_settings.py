from pathlib import Path

from headwater.checkup.configured import check_configured
from headwater.checkup.finding import Level
from headwater.checkup.installed import check_installed


def test_a_variable_that_nobody_reads_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "HEADWATER_MAX_WORKER": "3", "HEADWATER_RUN_ALPHA": "1", "HEADWATER_QUIET": "1"}
    found = [one for one in check_configured(environ, tmp_path, None) if one.level is Level.WARNING]
    assert [(one.text, one.remedy) for one in found] == [
        ("HEADWATER_MAX_WORKER is set, and nothing reads it", "Did you mean HEADWATER_MAX_WORKERS?")
    ]


def test_a_wrong_file_of_settings_is_a_problem_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text("max_wrkers = 3\n")
    (found,) = check_configured({"HOME": str(tmp_path)}, tmp_path, None)
    assert found.level is Level.PROBLEM
    assert found.text.startswith(f"{tmp_path}/headwater.toml:1: there is no setting 'max_wrkers'")


def test_what_is_set_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text('user = "ann"\ngrace_s = 2\n')
    found = check_configured({"HOME": str(tmp_path)}, tmp_path, "s3://bucket")
    texts = [one.text for one in found]
    assert "root s3://bucket (--datastore-root)" in texts
    assert f"user ann ({tmp_path}/headwater.toml:1)" in texts
    assert found[-1].details == (f"grace_s = 2.0 ({tmp_path}/headwater.toml:2)",)


def test_this_installation_has_what_it_needs() -> None:
    assert not [one for one in check_installed() if one.level is Level.PROBLEM]
