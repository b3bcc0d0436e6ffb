"""The public surface is what this list says: a name is added or removed on purpose."""

import headwater

PUBLIC = {
    "__version__",
    # what an author writes with
    "Config",
    "ConfigValue",
    "FlowMutator",
    "StepMutator",
    "USER_SKIP_STEP",
    "UserStepDecorator",
    "conda_environment_yml_parser",
    "config_expr",
    "package_suffixes",
    "pyproject_toml_parser",
    "requirements_txt_parser",
    "user_step_decorator",
    "yaml_parser",
    "FlowSpec",
    "Folder",
    "IncludeFile",
    "JSONType",
    "JSONTypeClass",
    "Parameter",
    "card",
    "catch",
    "current",
    "environment",
    "parallel",
    "parallel_imap_unordered",
    "parallel_map",
    "profile",
    "resources",
    "retry",
    "get_secret",
    "secrets",
    "step",
    "timeout",
    # what stands above steps and flows for other machines and times
    "airflow_external_task_sensor",
    "airflow_s3_key_sensor",
    "batch",
    "conda",
    "conda_base",
    "exit_hook",
    "kubernetes",
    "namespaced_event_name",
    "project",
    "pypi",
    "pypi_base",
    "pytorch_parallel",
    "schedule",
    "trigger",
    "trigger_on_finish",
    # what a script runs with
    "DeployedFlow",
    "Deployer",
    "ExecutingRun",
    "ExecutingTask",
    "NBDeployer",
    "NBRunner",
    "RunFailed",
    "Runner",
    "resume",
    "run",
    "spin",
    # what a reader reads with
    "DataArtifact",
    "Flow",
    "Headwater",
    "Run",
    "Step",
    "Task",
    "default_namespace",
    "default_root",
    "get_namespace",
    "get_root",
    "inspect_spin",
    "namespace",
    "use_root",
}


def test_the_public_names_are_these() -> None:
    assert set(headwater.__all__) == PUBLIC
    assert set(dir(headwater)) == PUBLIC


def test_every_public_name_can_be_imported_and_explains_itself() -> None:
    silent = [name for name in PUBLIC - {"__version__"} if not getattr(headwater, name).__doc__]
    assert silent == []


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(headwater, "no_such_name")
