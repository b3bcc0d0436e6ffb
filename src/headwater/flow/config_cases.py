"""Cases of a switch that configs say, `{self.config.kinds.first: self.train}`: what they are when that is known."""

from collections.abc import Mapping
from typing import Any

from headwater.flow.config import configs_of
from headwater.flow.next_source import ConfigKey, WrittenCase
from headwater.flow.resolve import configs_in, is_resolved
from headwater.flow.source import StepSource


def with_config_cases(cls: type, source: StepSource) -> StepSource:
    """The step with its cases as values, where its flow was resolved; what cannot be one is the step's problem."""
    if not any(isinstance(case.value, ConfigKey) for case in source.next.cases):
        return source
    configs = configs_in(cls)
    cases: list[WrittenCase] = []
    problem = source.problem
    for case in source.next.cases:
        value = case.value
        if isinstance(value, ConfigKey):
            found = _value(value, cls, configs)
            problem = problem or (found.words if isinstance(found, _Problem) else "")
            value = value if isinstance(found, _Problem) else found
        cases.append(WrittenCase(value, case.step))
    return source._replace(next=source.next._replace(cases=tuple(cases)), problem=problem)


def shown_case(value: Any) -> str | int | float | bool:
    """The value of a case; of one that is not known yet, where it comes from."""
    shown: str | int | float | bool = value
    return f"config:{str(value).removeprefix('self.')}" if isinstance(value, ConfigKey) else shown


class _Problem:
    """Why a case has no value."""

    def __init__(self, words: str) -> None:
        self.words = words


def _value(key: ConfigKey, cls: type, configs: Mapping[str, Any]) -> Any:
    name, *path = key.path
    if not is_resolved(cls) and name in configs_of(cls):
        return key
    if name not in configs:
        return _Problem(f"its switch has the case {key}, and self.{name} is no config of the flow")
    value = configs[str(name)]
    for one in path:
        try:
            value = value[one]
        except (KeyError, IndexError, TypeError):
            return _Problem(f"its switch has the case {key}, and there is no {one!r} in the config")
    if not isinstance(value, (str, int, float, bool)):
        return _Problem(f"its switch has the case {key}, which is {value!r}, no text, number or truth value")
    return value
