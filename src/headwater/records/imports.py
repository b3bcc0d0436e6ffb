"""What an import leaves in a root: where another system keeps its runs. They are read there, and nothing is copied."""

from headwater.records.base import Document


class ImportRecord(Document, frozen=True, kw_only=True, omit_defaults=True, tag="import/1"):
    """One store of another system, whose runs are answered as ours."""

    number: int  # from 1; it is not used again
    kind: str  # of the table `history` in plugins: "metaflow"
    folder: str  # absolute
    imported_at: float  # seconds since 1970, UTC
    user: str = ""
    flows: tuple[str, ...] = ()  # those that were chosen, sorted; empty: all, those to come among them
