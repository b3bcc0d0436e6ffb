"""How to run a step anywhere: written once per step."""

from headwater.records.base import Document
from headwater.records.decorators import AnyDecorator


class StepSpec(Document, frozen=True, kw_only=True, omit_defaults=True, tag="step-spec/1"):
    """One step of one run. An array of ten thousand tasks is one StepSpec and a range."""

    flow: str  # the class's name
    step: str
    file: str  # the author's file, absolute on the machine that launched the run
    module: str  # the name under which the file is imported: its stem
    join: bool = False  # the step takes `inputs`
    depth: int = 0  # foreach levels around it
    decorators: tuple[AnyDecorator, ...] = ()  # in the order in which they stand in the source, outermost first
    max_splits: int = 100_000  # the widest foreach that a task of it may open
