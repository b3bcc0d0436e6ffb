"""What the environment says to Metaflow, said to Headwater."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.compat import settings
from headwater.compat.path import shim_folder
from headwater.compat.settings import translate


@pytest.mark.parametrize(
    ("variable", "value", "ours", "means"),
    [
        ("METAFLOW_USER", "ada", "HEADWATER_USER", "ada"),
        ("METAFLOW_DATASTORE_SYSROOT_LOCAL", "/data", "HEADWATER_DATASTORE_ROOT", "/data/.headwater"),
        ("METAFLOW_RUN_ALPHA", "0.5", "HEADWATER_RUN_ALPHA", "0.5"),
        ("METAFLOW_RUN_MAX_WORKERS", "4", "HEADWATER_MAX_WORKERS", "4"),
        ("METAFLOW_RESUME_MAX_NUM_SPLITS", "9", "HEADWATER_MAX_NUM_SPLITS", "9"),
        ("METAFLOW_RUN_MAX_LOG_SIZE", "5", "HEADWATER_MAX_LOG_SIZE", "5"),
        ("METAFLOW_RUN_USER_NAMESPACE", "team", "HEADWATER_NAMESPACE", "team"),
        ("METAFLOW_DEFAULT_DECOSPECS", "retry timeout:minutes=1", "HEADWATER_WITH", "retry timeout:minutes=1"),
        ("METAFLOW_QUIET", "1", "HEADWATER_QUIET", "1"),
        ("METAFLOW_FLOW_CONFIG", '{"config": "a.json"}', "HEADWATER_FLOW_CONFIG", '{"config": "a.json"}'),
        ("METAFLOW_FLOW_CONFIG_VALUE", '{"config": {}}', "HEADWATER_FLOW_CONFIG_VALUE", '{"config": {}}'),
        ("METAFLOW_BRANCH", "test_x", "HEADWATER_BRANCH", "test_x"),
        ("METAFLOW_FLOW_BRANCH", "test_x", "HEADWATER_BRANCH", "test_x"),
        ("METAFLOW_PRODUCTION", "1", "HEADWATER_PRODUCTION", "1"),
        ("METAFLOW_FLOW_PRODUCTION", "1", "HEADWATER_PRODUCTION", "1"),
        ("METAFLOW_DEFAULT_SECRETS_BACKEND_TYPE", "inline", "HEADWATER_SECRETS_BACKEND", "inline"),
        ("METAFLOW_DEFAULT_SECRETS_ROLE", "reader", "HEADWATER_SECRETS_ROLE", "reader"),
        ("METAFLOW_DEFAULT_ENVIRONMENT", "pypi", "HEADWATER_ENVIRONMENT", "pypi"),
        ("METAFLOW_DEFAULT_SECRETS_BACKEND_TYPE", "env-file", "HEADWATER_SECRETS_BACKEND", "env-file"),
    ],
)
def test_a_setting_of_metaflow_is_one_of_ours(variable: str, value: str, ours: str, means: str) -> None:
    assert translate({variable: value}, {}) == ({ours: means}, ())


@pytest.mark.parametrize("name", ["METAFLOW_SERVICE_URL", "METAFLOW_BATCH_JOB_QUEUE", "METAFLOW_UNHEARD_OF"])
def test_a_setting_without_a_meaning_here_is_named(name: str) -> None:
    assert translate({name: "x"}, {}).unused == (name,)


def test_a_setting_that_says_what_holds_anyway_is_not_named() -> None:
    holds = {"METAFLOW_DEFAULT_DATASTORE": "local", "METAFLOW_DEFAULT_METADATA": "local", "METAFLOW_PROFILE": "x"}
    assert translate(holds, {}) == ({}, ())
    assert translate({"METAFLOW_DEFAULT_DATASTORE": "s3"}, {}).unused == ("METAFLOW_DEFAULT_DATASTORE",)


def test_metaflows_own_file_of_settings_is_read_below_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"METAFLOW_USER": "file", "METAFLOW_RUN_MAX_WORKERS": 3}))
    (tmp_path / "config_work.json").write_text(json.dumps({"METAFLOW_USER": "profile"}))
    environ = {"METAFLOW_HOME": str(tmp_path)}
    settings.apply(environ)
    assert (environ["HEADWATER_USER"], environ["HEADWATER_MAX_WORKERS"]) == ("file", "3")
    environ = {"METAFLOW_HOME": str(tmp_path), "METAFLOW_PROFILE": "work"}
    settings.apply(environ)
    assert environ["HEADWATER_USER"] == "profile"
    environ = {"METAFLOW_HOME": str(tmp_path), "METAFLOW_USER": "ada", "HEADWATER_MAX_WORKERS": "1"}
    settings.apply(environ)
    assert (environ["HEADWATER_USER"], environ["HEADWATER_MAX_WORKERS"]) == ("ada", "1")


@pytest.mark.parametrize("content", ["not json", "[1]"])
def test_a_file_of_metaflow_that_cannot_be_read_is_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    environ = {"METAFLOW_HOME": str(tmp_path)}
    settings.apply(environ)
    assert set(environ) == {"METAFLOW_HOME"}


def test_they_count_only_for_a_process_that_imports_metaflow() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    environ |= {"METAFLOW_USER": "grace", "PYTHONPATH": shim_folder()}
    seen = {}
    for module in ("metaflow", "headwater"):
        program = f"import {module}; print({module}.get_namespace())"
        done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
        seen[module] = done.stdout.strip()
    assert seen["metaflow"] == "user:grace"
    assert seen["headwater"] != "user:grace"


def test_the_page_of_settings_tells_every_variable_that_has_a_meaning() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "settings.md").read_text()
    told = {*settings.SAME, *(f"RUN_{name}" for name in settings.RUN_OPTIONS), *settings.FIXED}
    assert {name for name in told if f"`METAFLOW_{name}`" not in page} == set()
