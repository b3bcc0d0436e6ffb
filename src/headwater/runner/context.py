"""What deploy-time functions of parameters are told."""

from collections.abc import Mapping
from typing import Any

from headwater.flow.config_value import ConfigValue
from headwater.flow.parameter_values import ParameterContext
from headwater.flow.resolve import configs_in
from headwater.flow.spec import FlowSpec
from headwater.scheduler.events import Listener, Notice
from headwater.settings import Settings


def context_configs(cls: type[FlowSpec]) -> Mapping[str, Any]:
    """The configs of a resolved flow, each by the name of its attribute."""
    configs = configs_in(cls)
    return ConfigValue(configs) if configs else {}


def parameter_context(cls: type[FlowSpec], settings: Settings, listener: Listener) -> ParameterContext:
    def log(*words: object) -> None:
        listener(Notice(" ".join(map(str, words))))

    return ParameterContext(
        flow_name=cls.__name__,
        user_name=settings.user,
        parameter_name="",
        logger=log,
        ds_type=settings.datastore_root.partition("://")[0] if "://" in settings.datastore_root else "local",
        configs=context_configs(cls),
    )
