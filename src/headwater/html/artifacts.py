"""What a notebook shows of stored values: nothing is loaded."""

from headwater.artifacts.describe import type_of
from headwater.client.artifact import DataArtifact
from headwater.client.values import Data, RunParameters, refs_of
from headwater.markup.elements import Markup, code, element, facts, heading, join
from headwater.markup.values import artifact_table, summary_of
from headwater.wording import size


def artifact_page(artifact: DataArtifact) -> Markup:
    """Type, size, and what was noted when it was saved."""
    ref = artifact.ref
    return join(
        [
            heading("Artifact", artifact.pathspec),
            facts(type_of(ref), size(ref.size), f"only Python {ref.python} can load it" if ref.python else ""),
            summary_of(ref),
            element("div", "Its value is ", code(".data"), ", loaded when it is asked for.", cls="hw-dim"),
        ]
    )


def values_page(values: Data | RunParameters) -> Markup:
    """Values that are had by name, in a table."""
    return artifact_table("name", refs_of(values))
