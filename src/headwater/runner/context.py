"""What deploy-time functions of parameters are told."""

from headwater.flow.parameter_values import ParameterContext
from headwater.flow.spec import FlowSpec
from headwater.scheduler.events import Listener, Notice
from headwater.settings import Settings


def parameter_context(cls: type[FlowSpec], settings: Settings, listener: Listener) -> ParameterContext:
    def log(*words: object) -> None:
        listener(Notice(" ".join(map(str, words))))

    return ParameterContext(
        flow_name=cls.__name__,
        user_name=settings.user,
        parameter_name="",
        logger=log,
        ds_type=settings.datastore_root.partition("://")[0] if "://" in settings.datastore_root else "local",
        configs={},
    )
