"""What a flow asks of other machines and environments, which do not act yet: said once, before the first task."""

from collections.abc import Mapping, Sequence

from headwater.records.base import tag_of
from headwater.records.decorators import AnyDecorator
from headwater.records.platforms import Batch, Conda, Kubernetes, Pypi
from headwater.runner.options import ENVIRONMENTS

_SHOWN = 6  # steps that are named of one decorator


def platform_notice(steps: Mapping[str, Sequence[AnyDecorator]], environment: str = ENVIRONMENTS[0]) -> str:
    """Which steps asked for what, in a sentence; "" when nothing was asked."""
    asked: dict[str, list[str]] = {}
    for step, decorators in steps.items():
        for one in decorators:
            if _waits(one):
                asked.setdefault(f"@{tag_of(one)}", []).append(step)
    words = [f"{name} ({_named(bearing, len(steps))})" for name, bearing in asked.items()]
    if environment != ENVIRONMENTS[0]:
        words.append(f"--environment {environment}")
    if not words:
        return ""
    verb = "does" if len(words) == 1 else "do"
    listed = " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
    return f"Every step runs on this machine, in this interpreter with its packages: {listed} {verb} not act yet."


def _waits(one: AnyDecorator) -> bool:
    return isinstance(one, Kubernetes | Batch) or (isinstance(one, Conda | Pypi) and not one.disabled)


def _named(steps: Sequence[str], of: int) -> str:
    if len(steps) == of > 1:
        return "every step"
    more = f" and {len(steps) - _SHOWN} more" if len(steps) > _SHOWN else ""
    return f"{', '.join(steps[:_SHOWN])}{more}"
