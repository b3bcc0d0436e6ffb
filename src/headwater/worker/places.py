"""Where in the author's source a failure belongs that was only found when the step was over."""

import linecache
import re

import msgspec

from headwater.errors import ArtifactError, InvalidNext
from headwater.records.graph import Node
from headwater.records.task import CodeFrame, Failure

_LONGEST_STEP = 2_000  # lines


def with_place(failure: Failure, exc: BaseException, node: Node) -> Failure:
    """The failure with the line that it is about, where no frame of the author's tells it.

    For a value that cannot be stored that is the line that sets it; for a way on that cannot be followed, `self.next`.
    """
    if any(frame.author for frame in failure.frames):
        return failure
    line = 0
    if isinstance(exc, ArtifactError) and exc.artifact_name:
        line = _line_that_sets(exc.artifact_name, node)
    elif isinstance(exc, InvalidNext):
        line = node.next_line
    if not line:
        return failure
    source = linecache.getline(node.file, line).strip()
    frame = CodeFrame(file=node.file, line=line, function=node.name, source=source)
    return msgspec.structs.replace(failure, frames=(frame,))


def _line_that_sets(name: str, node: Node) -> int:
    """The last line of the step that begins to assign `self.<name>`; 0 when none does, as with setattr."""
    pattern = re.compile(rf"\bself\.{re.escape(name)}\b\s*(?:=(?!=)|[:,\[.])")
    found = 0
    indent = None
    for line in range(node.line + 1, node.line + _LONGEST_STEP):
        text = linecache.getline(node.file, line)
        if not text:
            break
        depth = len(text) - len(text.lstrip())
        indent = depth if indent is None and text.strip() else indent
        if text.strip() and indent is not None and depth < indent and not text.lstrip().startswith(("#", ")")):
            break
        if pattern.search(text):
            found = line
    return found
