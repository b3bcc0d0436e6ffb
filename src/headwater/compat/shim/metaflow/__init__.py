"""`import metaflow`, answered by Headwater: what each name is stands in `headwater.compat.names`."""

from headwater.compat.answer import answer

answer(__name__)
