"""`Deployer`: a flow's file to somebody else's scheduler, from Python. The schedulers themselves are plug-ins."""

import os
from collections.abc import Mapping
from typing import Any, NoReturn

from headwater import plugins
from headwater.errors import NotCovered, PluginError
from headwater.flow.spec import FlowSpec
from headwater.runner.flow_file import FlowFile
from headwater.runner.notebook_runner import file_of

#: What users know by name; each acts once there is a plug-in of the kind `deployer` for it.
TARGETS = {"argo_workflows": "Argo Workflows", "step_functions": "AWS Step Functions", "airflow": "Airflow"}


class Deployer(FlowFile):
    """Hands a flow to a production scheduler: `Deployer("train.py").argo_workflows().create()`.

    The arguments are those of `Runner`. A target is a plug-in of the kind `deployer`, called with the deployer and the
    name under which the flow is to be known; NotCovered where this Headwater has none.
    """

    def argo_workflows(self, name: str | None = None) -> Any:
        """To Argo Workflows, on Kubernetes."""
        return self.to("argo_workflows", name)

    def step_functions(self, name: str | None = None) -> Any:
        """To AWS Step Functions."""
        return self.to("step_functions", name)

    def to(self, target: str, name: str | None = None) -> Any:
        """To any target, by the name of its plug-in."""
        return _load(target)(self, name)


class NBDeployer(Deployer):
    """As `Deployer`, for a flow class that this process has."""

    def __init__(
        self,
        flow: type[FlowSpec],
        show_output: bool = True,
        profile: str | None = None,
        env: Mapping[str, str] | None = None,
        base_dir: str | os.PathLike[str] | None = None,
        file_read_timeout: float = 3600,
        **top_level_kwargs: Any,
    ) -> None:
        super().__init__(file_of(flow), show_output, profile, env, base_dir, file_read_timeout, **top_level_kwargs)


class DeployedFlow:
    """A flow that was deployed; to be had from `create`, or by its name."""

    @classmethod
    def from_deployment(cls, identifier: str, metadata: str | None = None, impl: str = "argo_workflows") -> Any:
        """The deployed flow of a name."""
        return _load(impl).from_deployment(identifier, metadata)

    @classmethod
    def from_argo_workflows(cls, identifier: str, metadata: str | None = None) -> Any:
        """As `from_deployment`."""
        return cls.from_deployment(identifier, metadata, "argo_workflows")

    @classmethod
    def from_step_functions(cls, identifier: str, metadata: str | None = None) -> Any:
        """As `from_deployment`."""
        return cls.from_deployment(identifier, metadata, "step_functions")

    @classmethod
    def get_triggered_run(
        cls, identifier: str, run_id: str, metadata: str | None = None, impl: str = "argo_workflows"
    ) -> Any:
        """A run that a deployed flow began."""
        return _load(impl).get_triggered_run(identifier, run_id, metadata)

    @classmethod
    def list_deployed_flows(cls, flow_name: str | None = None, impl: str = "argo_workflows") -> Any:
        """The deployed flows, or the deployments of one."""
        return _load(impl).list_deployed_flows(flow_name)


def _load(target: str) -> Any:
    try:
        return plugins.load("deployer", target)
    except PluginError:
        if target not in TARGETS:
            raise
        _not_there(target)


def _not_there(target: str) -> NoReturn:
    raise NotCovered(
        f"deployment to {TARGETS[target]}",
        "run the flow with Runner, or have cron start its command line; a plug-in of the kind `deployer` can add it",
    )
