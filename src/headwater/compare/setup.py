"""What two runs were set up with: interpreter, project, distributions, what their steps declare. Pure."""

from collections.abc import Iterable, Mapping

from headwater.compare.model import Change, EnvironmentChange, StepChange
from headwater.compare.values import compare_texts
from headwater.graph.render import arrows, decorator_text
from headwater.records.run import RunRecord


def compare_environments(
    before: RunRecord, after: RunRecord, installed: tuple[Iterable[str], Iterable[str]]
) -> EnvironmentChange:
    """`installed`: the distributions of each side, as `name-version`."""
    old, new = (_versions(names) for names in installed)
    return EnvironmentChange(
        facts=compare_texts(_facts(before), _facts(after)),
        distributions=tuple(sorted(compare_texts(old, new), key=lambda change: change.name.lower())),
    )


def compare_steps(before: RunRecord, after: RunRecord) -> tuple[StepChange, ...]:
    """Steps that came, went or are declared differently."""
    old, new = (_declarations(run) for run in (before, after))
    found = []
    for step in dict.fromkeys((*new, *old)):
        facts = compare_texts(old.get(step, {}), new.get(step, {}))
        if facts:
            change = Change.ADDED if step not in old else Change.REMOVED if step not in new else Change.CHANGED
            found.append(StepChange(step=step, change=change, facts=facts))
    return tuple(found)


def step_order(before: RunRecord, after: RunRecord) -> list[str]:
    """The steps of both in the order of the later source; those that went stand behind."""
    return list(dict.fromkeys(node.name for run in (after, before) for node in run.nodes))


def _facts(run: RunRecord) -> dict[str, str]:
    facts = {
        "python": run.interpreter.python,
        "implementation": run.interpreter.implementation,
        "platform": run.interpreter.platform,
        "headwater": run.interpreter.headwater,
        "host": run.host_name,
        "project": f"{run.project.name}.{run.project.branch}" if run.project else "",
        "flow decorators": " ".join(map(decorator_text, run.flow_decorators)),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _versions(names: Iterable[str]) -> dict[str, str]:
    """Name -> version; one name may be installed twice along the path."""
    found: dict[str, str] = {}
    for text in names:
        name, _, version = text.partition("-")
        found[name] = f"{found[name]}, {version}" if name in found else version
    return found


def _declarations(run: RunRecord) -> Mapping[str, dict[str, str]]:
    decorators = {spec.step: spec.decorators for spec in run.steps}  # those of --with among them
    return {
        node.name: {
            "kind": node.kind.value,
            "next": "; ".join(arrows(node)),
            "inputs": "joins" if node.join else "",
            "decorators": " ".join(map(decorator_text, decorators.get(node.name, node.decorators))),
        }
        for node in run.nodes
    }
