"""Headwater: machine-learning workflows. Public names are loaded when they are first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headwater.version import __version__ as __version__

if TYPE_CHECKING:
    from headwater.artifacts.folder import Folder as Folder
    from headwater.client.headwater import Headwater as Headwater
    from headwater.client.objects import DataArtifact as DataArtifact
    from headwater.client.objects import Flow as Flow
    from headwater.client.objects import Run as Run
    from headwater.client.objects import Step as Step
    from headwater.client.objects import Task as Task
    from headwater.client.scope import default_namespace as default_namespace
    from headwater.client.scope import default_root as default_root
    from headwater.client.scope import get_namespace as get_namespace
    from headwater.client.scope import get_root as get_root
    from headwater.client.scope import inspect_spin as inspect_spin
    from headwater.client.scope import namespace as namespace
    from headwater.client.scope import use_root as use_root
    from headwater.errors import RunFailed as RunFailed
    from headwater.flow.config import Config as Config
    from headwater.flow.config import config_expr as config_expr
    from headwater.flow.config_value import ConfigValue as ConfigValue
    from headwater.flow.current import current as current
    from headwater.flow.decorators import batch as batch
    from headwater.flow.decorators import card as card
    from headwater.flow.decorators import catch as catch
    from headwater.flow.decorators import conda as conda
    from headwater.flow.decorators import environment as environment
    from headwater.flow.decorators import kubernetes as kubernetes
    from headwater.flow.decorators import parallel as parallel
    from headwater.flow.decorators import pypi as pypi
    from headwater.flow.decorators import pytorch_parallel as pytorch_parallel
    from headwater.flow.decorators import resources as resources
    from headwater.flow.decorators import retry as retry
    from headwater.flow.decorators import secrets as secrets
    from headwater.flow.decorators import timeout as timeout
    from headwater.flow.event_name import namespaced_event_name as namespaced_event_name
    from headwater.flow.flow_decorators import airflow_external_task_sensor as airflow_external_task_sensor
    from headwater.flow.flow_decorators import airflow_s3_key_sensor as airflow_s3_key_sensor
    from headwater.flow.flow_decorators import conda_base as conda_base
    from headwater.flow.flow_decorators import exit_hook as exit_hook
    from headwater.flow.flow_decorators import project as project
    from headwater.flow.flow_decorators import pypi_base as pypi_base
    from headwater.flow.flow_decorators import schedule as schedule
    from headwater.flow.flow_decorators import trigger as trigger
    from headwater.flow.flow_decorators import trigger_on_finish as trigger_on_finish
    from headwater.flow.include_file import IncludeFile as IncludeFile
    from headwater.flow.mutators import FlowMutator as FlowMutator
    from headwater.flow.mutators import StepMutator as StepMutator
    from headwater.flow.mutators import package_suffixes as package_suffixes
    from headwater.flow.parallel_map import parallel_imap_unordered as parallel_imap_unordered
    from headwater.flow.parallel_map import parallel_map as parallel_map
    from headwater.flow.parameters import JSONType as JSONType
    from headwater.flow.parameters import JSONTypeClass as JSONTypeClass
    from headwater.flow.parameters import Parameter as Parameter
    from headwater.flow.profile import profile as profile
    from headwater.flow.spec import FlowSpec as FlowSpec
    from headwater.flow.step import step as step
    from headwater.flow.user_decorators import USER_SKIP_STEP as USER_SKIP_STEP
    from headwater.flow.user_decorators import UserStepDecorator as UserStepDecorator
    from headwater.flow.user_decorators import user_step_decorator as user_step_decorator
    from headwater.parsers import conda_environment_yml_parser as conda_environment_yml_parser
    from headwater.parsers import pyproject_toml_parser as pyproject_toml_parser
    from headwater.parsers import requirements_txt_parser as requirements_txt_parser
    from headwater.parsers import yaml_parser as yaml_parser
    from headwater.runner.api import resume as resume
    from headwater.runner.api import run as run
    from headwater.runner.deployer import DeployedFlow as DeployedFlow
    from headwater.runner.deployer import Deployer as Deployer
    from headwater.runner.deployer import NBDeployer as NBDeployer
    from headwater.runner.executing import ExecutingRun as ExecutingRun
    from headwater.runner.executing import ExecutingTask as ExecutingTask
    from headwater.runner.notebook_runner import NBRunner as NBRunner
    from headwater.runner.runner import Runner as Runner
    from headwater.runner.spin_api import spin as spin
    from headwater.vault.get import get_secret as get_secret

_HOMES = {
    "Folder": "artifacts.folder",
    "FlowSpec": "flow.spec",
    "step": "flow.step",
    "Parameter": "flow.parameters",
    "IncludeFile": "flow.include_file",
    "JSONType": "flow.parameters",
    "JSONTypeClass": "flow.parameters",
    "Config": "flow.config",
    "config_expr": "flow.config",
    "ConfigValue": "flow.config_value",
    "FlowMutator": "flow.mutators",
    "StepMutator": "flow.mutators",
    "package_suffixes": "flow.mutators",
    "USER_SKIP_STEP": "flow.user_decorators",
    "UserStepDecorator": "flow.user_decorators",
    "user_step_decorator": "flow.user_decorators",
    "conda_environment_yml_parser": "parsers",
    "pyproject_toml_parser": "parsers",
    "requirements_txt_parser": "parsers",
    "yaml_parser": "parsers",
    "current": "flow.current",
    "parallel_map": "flow.parallel_map",
    "parallel_imap_unordered": "flow.parallel_map",
    "profile": "flow.profile",
    "retry": "flow.decorators",
    "card": "flow.decorators",
    "catch": "flow.decorators",
    "timeout": "flow.decorators",
    "environment": "flow.decorators",
    "resources": "flow.decorators",
    "secrets": "flow.decorators",
    "get_secret": "vault.get",
    "parallel": "flow.decorators",
    "batch": "flow.decorators",
    "conda": "flow.decorators",
    "kubernetes": "flow.decorators",
    "pypi": "flow.decorators",
    "pytorch_parallel": "flow.decorators",
    "airflow_external_task_sensor": "flow.flow_decorators",
    "airflow_s3_key_sensor": "flow.flow_decorators",
    "conda_base": "flow.flow_decorators",
    "exit_hook": "flow.flow_decorators",
    "project": "flow.flow_decorators",
    "pypi_base": "flow.flow_decorators",
    "schedule": "flow.flow_decorators",
    "trigger": "flow.flow_decorators",
    "trigger_on_finish": "flow.flow_decorators",
    "namespaced_event_name": "flow.event_name",
    "run": "runner.api",
    "Runner": "runner.runner",
    "NBRunner": "runner.notebook_runner",
    "Deployer": "runner.deployer",
    "NBDeployer": "runner.deployer",
    "DeployedFlow": "runner.deployer",
    "ExecutingRun": "runner.executing",
    "ExecutingTask": "runner.executing",
    "resume": "runner.api",
    "spin": "runner.spin_api",
    "RunFailed": "errors",
    "Headwater": "client.headwater",
    "Flow": "client.objects",
    "Run": "client.objects",
    "Step": "client.objects",
    "Task": "client.objects",
    "DataArtifact": "client.objects",
    "namespace": "client.scope",
    "get_namespace": "client.scope",
    "default_namespace": "client.scope",
    "use_root": "client.scope",
    "get_root": "client.scope",
    "default_root": "client.scope",
    "inspect_spin": "client.scope",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'headwater' has no attribute {name!r}")
    value = getattr(import_module(f"headwater.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
