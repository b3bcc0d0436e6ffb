"""`@conda_base` and `@pypi_base`: a flow's packages on every step, below what the step says itself."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from headwater.records.decorators import AnyDecorator
from headwater.records.flow_decorators import AnyFlowDecorator, CondaBase, PypiBase
from headwater.records.platforms import Conda, Pypi


def with_base_packages(
    decorators: Sequence[AnyDecorator], of_the_flow: Iterable[AnyFlowDecorator]
) -> tuple[AnyDecorator, ...]:
    """A step's decorators with the packages of its flow; of a package that both name, the step's version counts."""
    found = tuple(decorators)
    for base in of_the_flow:
        if isinstance(base, CondaBase):
            found = _joined(found, Conda(packages=base.packages, libraries=base.libraries), base)
        elif isinstance(base, PypiBase):
            found = _joined(found, Pypi(packages=base.packages), base)
    return found


def _joined(
    decorators: tuple[AnyDecorator, ...], added: Conda | Pypi, base: CondaBase | PypiBase
) -> tuple[AnyDecorator, ...]:
    added = replace(added, python=base.python, disabled=base.disabled)
    own = next((one for one in decorators if isinstance(one, type(added))), None)
    if own is None:
        return (*decorators, added)
    joined = replace(
        own,
        packages=added.packages | own.packages,
        python=own.python or added.python,
        disabled=added.disabled if own.disabled is None else own.disabled,
    )
    if isinstance(joined, Conda) and isinstance(added, Conda):
        joined = replace(joined, libraries=added.libraries | joined.libraries)
    return tuple(joined if one is own else one for one in decorators)
