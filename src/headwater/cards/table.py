"""A table; cells may be components."""

from collections.abc import Iterable, Sequence
from itertools import islice
from numbers import Integral, Real
from typing import Any

from headwater.artifacts.library_summaries import cell as plain_cell
from headwater.cards.base import Component, rendered
from headwater.cards.image import as_image
from headwater.errors import CardError
from headwater.markup.elements import Child, Markup, element, facts, join
from headwater.wording import counted, number

_MOST_ROWS, _MOST_COLUMNS, _MOST_LETTERS = 20, 30, 200  # of a frame that is cut


class Table(Component):
    """Rows of cells. A cell is a component, an image, a figure, or a value that is shown as text."""

    REALTIME_UPDATABLE = True

    def __init__(
        self,
        data: Iterable[Sequence[Any]] | None = None,
        headers: Sequence[Any] | None = None,
        disable_updates: bool = False,
    ) -> None:
        """`data`: rows. `disable_updates`: the data of the card do not have them."""
        self.disable_updates = disable_updates
        self._note = ""
        self.rows = _rows(data)
        self.headers = _headers(headers)

    @classmethod
    def from_dataframe(cls, df: Any = None, truncate: bool = True) -> "Table":
        """A frame of pandas or polars; of one that is cut only the first rows and columns are touched."""
        made = cls()
        made._take_frame(df, truncate)
        return made

    def update(self, data: Any = None, headers: Sequence[Any] | None = None) -> None:
        """Other rows, or another frame."""
        if _is_frame(data):
            self._take_frame(data, truncate=True)
            return
        self.rows, self._note = _rows(data), ""
        self.headers = self.headers if headers is None else _headers(headers)

    def render(self) -> str:
        if not self.rows and not self.headers:
            return element("p", "An empty table", cls="quiet")
        numbers = _numeric(self.rows)
        head = element("thead", element("tr", *_cells("th", map(str, self.headers), numbers))) if self.headers else None
        body = element("tbody", *(element("tr", *_cells("td", map(shown, row), numbers)) for row in self.rows))
        grid = element("div", element("table", head, body, cls="grid"), cls="hw-scroll", tabindex="0")
        return join([grid, facts(self._note)])

    def to_data(self) -> Any:
        if self.disable_updates:
            return None
        rows = [[_plain(one) for one in row] for row in self.rows]
        return {"headers": [str(one) for one in self.headers], "rows": rows}

    def _take_frame(self, df: Any, truncate: bool) -> None:
        if df is None:
            return
        if not _is_frame(df):
            raise CardError(
                f"Table.from_dataframe takes a frame of pandas or polars, not {type(df).__name__}. "
                "Table(data=[...]) takes rows."
            )
        rows, columns = len(df), list(df.columns)
        shown_columns = columns[:_MOST_COLUMNS] if truncate else columns
        part = df.head(_MOST_ROWS) if truncate else df
        index, self.rows = _frame_rows(part, len(shown_columns), _MOST_LETTERS if truncate else None)
        self.headers = ["", *shown_columns] if index else shown_columns
        self._note = _cut_note(len(self.rows), rows, len(shown_columns), len(columns))


def shown(value: Any) -> Child:
    """A value as it stands in a cell."""
    if isinstance(value, Component):
        return Markup(rendered(value, ""))
    if value is None:
        return element("span", "–", cls="quiet")
    if isinstance(value, Real) and not isinstance(value, Integral):
        return f"{float(value):.6g}"
    if type(value) is int and abs(value) > 9999:
        return number(value)
    return as_image(value) or str(value)


def _rows(data: Any) -> list[list[Any]]:
    if data is None:
        return []
    if _is_frame(data):
        raise CardError("Table takes rows. Table.from_dataframe takes a frame.")
    try:
        return [list(row) for row in _listed(data)]
    except TypeError as exc:
        raise CardError("Table takes a list of rows, each a list of cells: Table([[1, 2], [3, 4]]).") from exc


def _headers(headers: Any) -> list[Any]:
    """As a list, or as the columns of a frame or an array, of which nobody can ask whether they are empty."""
    try:
        return [] if headers is None else list(_not_text(headers))
    except TypeError as exc:
        raise CardError('Table takes a list of headers: Table(rows, headers=["rate", "loss"]).') from exc


def _listed(data: Any) -> Iterable[Any]:
    return map(_not_text, data)


def _not_text(row: Any) -> Any:
    if isinstance(row, str | bytes):  # whose letters would be the cells
        raise TypeError(row)
    return row


def _is_frame(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "head") and hasattr(data, "__len__")


def _frame_rows(frame: Any, columns: int, letters: int | None) -> tuple[bool, list[list[Any]]]:
    """Whether the labels of the rows stand before them, and the rows; texts of at most so many letters."""
    if hasattr(frame, "iter_rows"):
        return False, [[_frame_cell(one, letters) for one in row[:columns]] for row in frame.iter_rows()]
    has_labels = type(frame.index).__name__ != "RangeIndex"
    rows = frame.iloc[:, :columns].itertuples(index=has_labels, name=None)
    return has_labels, [[_frame_cell(one, letters) for one in row] for row in rows]


def _frame_cell(value: Any, letters: int | None) -> Any:
    """None for every kind of a missing value."""
    if isinstance(value, str):
        return value if letters is None or len(value) <= letters else f"{value[:letters]}…"
    plain = None if isinstance(value, float) and value != value else plain_cell(value)
    return plain if letters is not None or plain is None else value


def _cut_note(rows: int, of_rows: int, columns: int, of_columns: int) -> str:
    if rows == of_rows and columns == of_columns:
        return ""
    said = f"{number(rows)} of {counted(of_rows, 'row')}"
    return said if columns == of_columns else f"{said}, {number(columns)} of {counted(of_columns, 'column')}"


def _numeric(rows: Sequence[Sequence[Any]]) -> frozenset[int]:
    """The columns that hold only numbers."""
    wide = max(map(len, rows), default=0)
    return frozenset(
        at
        for at in range(wide)
        if (cells := [row[at] for row in islice(rows, 1000) if at < len(row) and row[at] is not None])
        and all(isinstance(one, Real) and not isinstance(one, bool) for one in cells)
    )


def _cells(name: str, row: Iterable[Child], numbers: frozenset[int]) -> Iterable[Markup]:
    scope = {"scope": "col"} if name == "th" else {}
    return (element(name, one, cls="r" if at in numbers else "", **scope) for at, one in enumerate(row))


def _plain(value: Any) -> Any:
    return value.to_data() if isinstance(value, Component) else plain_cell(value)
