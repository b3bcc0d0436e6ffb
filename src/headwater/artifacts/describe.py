"""One stored value in a line, from what was noted when it was saved: nothing is unpickled."""

from collections.abc import Mapping
from typing import Any, Protocol

from headwater.wording import counted, number, plain, size

_MOST = 100
_PICTURED = ("first_rows", "first_index", "thumbnail")  # which are tables and pictures, and no words


class Summarised(Protocol):
    """What has a type and a summary: a reference, or a value that a failed step had read."""

    @property
    def type(self) -> str: ...

    @property
    def summary(self) -> Mapping[str, Any]: ...


def describe(ref: Summarised) -> str:
    """`0.5`, `'text' (length 4,000)`, `1,000 rows, 3 columns: a, b, c`; "" when nothing is known."""
    text = plain(_describe(ref.type, ref.summary).replace("\n", "\\n"))
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"


def type_of(ref: Summarised) -> str:
    return plain(ref.type.removeprefix("builtins."))


def _describe(kind: str, summary: Mapping[str, Any]) -> str:
    if "file" in summary and "bytes" in summary:
        return _file(kind, summary)
    if "value" in summary and "shape" not in summary:
        return str(summary["value"])
    if "head" in summary:
        return _head(kind, str(summary["head"]), int(summary.get("length", 0)))
    if "rows" in summary and "names" in summary:
        names = ", ".join(map(str, summary["names"]))
        return f"{counted(summary['rows'], 'row')}, {counted(summary['columns'], 'column')}: {names}"
    if "shape" in summary and "dtype" in summary:
        return _array(summary)
    return ", ".join(f"{key} {brief(value)}" for key, value in summary.items() if key not in _PICTURED)


def _file(kind: str, summary: Mapping[str, Any]) -> str:
    """`movies.csv, 4.2 MB: 'title,year'...`."""
    head = str(summary.get("head", ""))
    return f"{summary['file']}, {size(summary['bytes'])}: {repr(head) if kind == 'builtins.str' else head}"


def brief(value: Any) -> str:
    """A fact of a summary: of a float six digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _array(summary: Mapping[str, Any]) -> str:
    """`float64 (100 x 8), 0 to 1`; `float64 1.5` for a scalar of a library."""
    shape = " x ".join(map(number, summary["shape"]))
    text = f"{summary['dtype']} ({shape})" if shape else str(summary["dtype"])
    if "value" in summary:
        text += f" {brief(summary['value'])}"
    if "minimum" in summary and "maximum" in summary:
        text += f", {brief(summary['minimum'])} to {brief(summary['maximum'])}"
    told = {"shape", "dtype", "value", "minimum", "maximum", *_PICTURED}
    rest = (f", {key} {brief(value)}" for key, value in summary.items() if key not in told)
    return text + "".join(rest)


def _head(kind: str, head: str, length: int) -> str:
    if kind == "builtins.str":
        return repr(head) if len(head) >= length else f"{head!r}… (length {number(length)})"
    form = _FORMS.get(kind, "{%s}")
    return f"{form % head} (length {number(length)})"


_FORMS = {"builtins.list": "[%s]", "builtins.tuple": "(%s)", "builtins.bytes": "%s", "builtins.bytearray": "%s"}
