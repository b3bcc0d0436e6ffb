"""A card that was made after its attempt had ended, beside those of the attempt's record."""

from headwater.records.base import Document


class AddedCard(Document, frozen=True, kw_only=True, omit_defaults=True, tag="card/1"):
    """One page, and what it is."""

    type: str
    page: str  # HTML, whole
    created_at: float  # seconds since 1970, UTC
    id: str | None = None
    data: bytes | None = None  # JSON: what the components hold
    failed: bool = False  # the card could not be rendered, and the page says why
