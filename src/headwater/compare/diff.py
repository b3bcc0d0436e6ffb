"""The three comparisons as a whole: of runs, of tasks, of artifacts. Printed, they are read by people."""

from headwater import plugins
from headwater.compare import text
from headwater.compare.model import (
    Answer,
    ArtifactChange,
    Change,
    CodeChange,
    EnvironmentChange,
    RunSide,
    StepChange,
    TasksChange,
    TaskSide,
    TextChange,
    ValueChange,
)


class RunDiff(Answer, frozen=True, kw_only=True):
    """Two runs side by side. Of values, steps and files only what differs; of tasks and artifacts all."""

    before: RunSide
    after: RunSide
    code: CodeChange
    parameters: tuple[ValueChange, ...]
    constants: tuple[ValueChange, ...]
    options: tuple[TextChange, ...]
    environment: EnvironmentChange
    steps: tuple[StepChange, ...]
    tasks: tuple[TasksChange, ...]
    artifacts: tuple[ArtifactChange, ...]

    def lines(self) -> list[str]:
        """The comparison for people."""
        sections = {
            "parameters": text.value_lines(self.parameters),
            "code": text.code_lines(self.code),
            "constants": text.value_lines(self.constants),
            "options": text.fact_lines(self.options),
            "environment": text.environment_lines(self.environment),
            "steps": text.step_lines(self.steps),
            "tasks": text.task_lines(self.tasks),
            "artifacts": text.artifact_lines(self.artifacts),
        }
        lines = text.run_lines(self.before, self.after)
        for title, section in sections.items():
            if section:
                lines += ["", title, *(f"  {line}" for line in section)]
        same = [title for title, section in sections.items() if not section]
        return [*lines, "", f"no difference in {', '.join(same)}"] if same else lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))


class TaskDiff(Answer, frozen=True, kw_only=True):
    """Two tasks side by side, with every artifact that either can read."""

    before: TaskSide
    after: TaskSide
    artifacts: tuple[ValueChange, ...]

    def lines(self) -> list[str]:
        """The comparison for people."""
        lines = text.task_side_lines(self.before, self.after)
        differing = [value for value in self.artifacts if value.change is not Change.SAME]
        if differing:
            lines += ["", "artifacts", *(f"  {line}" for line in text.value_lines(differing))]
        same = [value.name for value in self.artifacts if value.change is Change.SAME]
        return [*lines, "", f"the same: {', '.join(same)}"] if same else lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))


class ArtifactDiff(Answer, frozen=True, kw_only=True):
    """Two artifacts side by side."""

    before: str  # pathspecs
    after: str
    value: ValueChange

    def lines(self) -> list[str]:
        """The comparison for people."""
        return [f"{self.before} → {self.after}", "", *text.whole_value_lines(self.value)]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))
