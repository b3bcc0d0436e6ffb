"""The types of parameters: what is read, what is kept, what is shown, and what an error says."""

import datetime
import enum
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest

from headwater.errors import ParameterError
from headwater.flow.parameters import JSONType, Parameter


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 2


class Place(enum.Enum):
    HERE = (0, 0)
    THERE = (1, 2)


@dataclass
class Optimiser:
    rate: float = 0.1
    decay: tuple[float, ...] = ()


@dataclass
class Settings:
    count: int
    colour: Colour = Colour.RED
    optimiser: Optimiser = field(default_factory=Optimiser)
    folder: Path = Path("here")
    others: list[Optimiser] = field(default_factory=list)


class Span(msgspec.Struct, frozen=True):
    low: int
    high: int = 9


class Point(NamedTuple):
    x: int
    y: int = 0


class Names(TypedDict):
    first: str


@dataclass
class Unwritable:
    """A field that JSON cannot hold."""

    value: complex = 1j


HOUR = datetime.timedelta(hours=1)
NOON = datetime.datetime(2026, 1, 31, 12)
SAMPLES: list[tuple[Any, Any, Any]] = [
    (Colour, "red", Colour.RED),
    (Colour, "GREEN", Colour.GREEN),
    (Colour, "Green", Colour.GREEN),
    (Colour, Colour.RED, Colour.RED),
    (Size, "LARGE", Size.LARGE),
    (Size, "2", Size.LARGE),
    (Size, 2, Size.LARGE),
    (Place, "THERE", Place.THERE),
    (Literal["a", 3, True, None], "a", "a"),
    (Literal["a", 3, True, None], "3", 3),
    (Literal["a", 3, True, None], "true", True),
    (Literal["a", 3, None], "none", None),
    (datetime.date, "2026-01-31", datetime.date(2026, 1, 31)),
    (datetime.date, datetime.date(2026, 1, 31), datetime.date(2026, 1, 31)),
    (datetime.datetime, "2026-01-31T12:00", NOON),
    (datetime.datetime, "2026-01-31 12:00:00Z", NOON.replace(tzinfo=datetime.UTC)),
    (datetime.datetime, datetime.date(2026, 1, 31), NOON.replace(hour=0)),
    (datetime.time, "12:30", datetime.time(12, 30)),
    (datetime.timedelta, "90s", HOUR / 40),
    (datetime.timedelta, "1h30m", 1.5 * HOUR),
    (datetime.timedelta, "2d 500ms", 48 * HOUR + datetime.timedelta(milliseconds=500)),
    (datetime.timedelta, "1:30", 1.5 * HOUR),
    (datetime.timedelta, "1 day, 0:00:30", 24 * HOUR + HOUR / 120),
    (datetime.timedelta, "PT1H30M", 1.5 * HOUR),
    (datetime.timedelta, "-1h", -HOUR),
    (datetime.timedelta, HOUR, HOUR),
    (Path, "a/b.csv", Path("a/b.csv")),
    (Path, Path("x"), Path("x")),
    (list[int], "1, 2", [1, 2]),
    (list[int], "[1, 2]", [1, 2]),
    (list[int], "", []),
    (list[int], (1, "2"), [1, 2]),
    (list[Colour], "red,green", [Colour.RED, Colour.GREEN]),
    (list, "[1, null]", [1, None]),
    (tuple[float, ...], "1,2.5", (1.0, 2.5)),
    (tuple[int, str], "1,a", (1, "a")),
    (set[str], "a,b", {"a", "b"}),
    (frozenset[Size], "SMALL", frozenset({Size.SMALL})),
    (dict[str, float], "a=1,b=0.5", {"a": 1.0, "b": 0.5}),
    (dict[str, float], '{"a": 1}', {"a": 1.0}),
    (dict, '{"a": [1]}', {"a": [1]}),
    (int | None, "3", 3),
    (int | None, "none", None),
    (str | None, "none", "none"),
    (Settings, '{"count": 1, "colour": "green"}', Settings(1, Colour.GREEN)),
    (Settings, {"count": 2, "folder": Path("there")}, Settings(2, folder=Path("there"))),
    (Settings, '{"count": 1, "others": [{"rate": 2}]}', Settings(1, others=[Optimiser(2.0)])),
    (Settings, Settings(4), Settings(4)),
    (list[Optimiser], '[{"rate": 0.5}]', [Optimiser(0.5)]),
    (dict[str, Optimiser], '{"a": {"rate": 0.5}}', {"a": Optimiser(0.5)}),
    (Span, '{"low": 1}', Span(1)),
    (Point, "[1, 2]", Point(1, 2)),
    (Names, '{"first": "Ada"}', {"first": "Ada"}),
    (Unwritable, Unwritable(2j), Unwritable(2j)),
]


@pytest.mark.parametrize(("kind", "given", "value"), SAMPLES, ids=[str(number) for number in range(len(SAMPLES))])
def test_a_value_is_read_kept_and_shown_as_its_type_says(kind: Any, given: Any, value: Any) -> None:
    parameter = Parameter("p", type=kind)
    found = parameter.convert(given)
    assert found == value
    assert type(found) is type(value)
    again = parameter.from_plain(parameter.to_plain(found))
    assert again == value
    assert type(again) is type(value)
    if kind is not Unwritable and value is not None:
        assert parameter.convert(parameter.show(value)) == value


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        (Colour, Colour.RED, "red"),
        (Size, Size.LARGE, 2),
        (Place, Place.THERE, "THERE"),
        (list[Colour], [Colour.RED], ["red"]),
        (tuple[Colour, int], (Colour.RED, 1), ["red", 1]),
        (Optimiser, Optimiser(), {"rate": 0.1, "decay": ()}),
        (Span, Span(1), {"low": 1, "high": 9}),
        (Colour | None, Colour.RED, "red"),
        (datetime.date, datetime.date(2026, 1, 31), datetime.date(2026, 1, 31)),
    ],
    ids=str,
)
def test_what_is_kept_needs_no_class_of_the_author(kind: Any, value: Any, plain: Any) -> None:
    assert Parameter("p", type=kind).to_plain(value) == plain


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (Colour, "gren", ("no Colour", "did you mean 'green'?", "one of red, green")),
        (Size, "3", ("one of SMALL, LARGE",)),
        (Literal["fast", "slow"], "med", ("one of fast, slow",)),
        (datetime.date, "31.1.2026", ("no date", "2026-01-31")),
        (datetime.date, NOON, ("no date",)),
        (datetime.date, "2026-02-31", ("day",)),
        (datetime.datetime, "noon", ("no datetime", "2026-01-31T12:00")),
        (datetime.timedelta, "5x", ("no duration", "1h30m")),
        (datetime.timedelta, 5, ("no duration",)),
        (Path, 5, ("no path",)),
        (list[int], "1,b", ("no list[int]", "'b' is no int")),
        (list[Colour], "blue", ("'blue' is no Colour", "one of red, green")),
        (list[int], '{"a": 1}', ("no list[int]",)),
        (tuple[int, int], "1,2,3", ("it has 3 items", "Give it 2 items")),
        (dict[str, float], "a", ("no dict[str, float]", "name=value")),
        (dict[str, float], "a=b", ("'b' is no float",)),
        (Settings, "{}", ("`count`", "@FILE", "count: int")),
        (Settings, "count=1", ("not JSON",)),
        (Settings, '{"count": 1, "optimiser": {"rates": 1}}', ("'optimiser.rates'", "did you mean 'rate'?")),
        (Settings, '{"count": "x"}', ("$.count",)),
        (Settings, "@missing.json", ("missing.json", "No such file")),
        (Settings, 5, ("no Settings",)),
        (int | None, "x", ("no int",)),
        (JSONType, "@missing.json", ("missing.json",)),
    ],
    ids=str,
)
def test_an_error_names_the_parameter_the_value_and_what_would_be_right(
    kind: Any, given: Any, words: tuple[str, ...]
) -> None:
    with pytest.raises(ParameterError) as caught:
        Parameter("p", type=kind).convert(given)
    for word in ("'p'", repr(given), *words):
        assert word in str(caught.value)


@pytest.mark.parametrize("kind", [JSONType, Optimiser, dict[str, float]], ids=str)
def test_json_may_stand_in_a_file(kind: Any, tmp_path: Path) -> None:
    file = tmp_path / "value.json"
    file.write_text(json.dumps({"rate": 0.7}))
    found = Parameter("p", type=kind).convert(f"@{file}")
    assert found == (Optimiser(0.7) if kind is Optimiser else {"rate": 0.7})


@pytest.mark.parametrize(
    ("default", "kind"),
    [
        (Colour.RED, Colour),
        (datetime.date(2026, 1, 31), datetime.date),
        (NOON, datetime.datetime),
        (HOUR, datetime.timedelta),
        (Optimiser(), Optimiser),
        (Span(1), Span),
        (Point(1), Point),
        ((1, 2), tuple[int, ...]),
        ((1, "a"), tuple),
        ([1], JSONType),
        (lambda context: 1, str),
        (object(), str),
    ],
    ids=lambda one: type(one).__name__,
)
def test_the_default_says_the_type(default: Any, kind: Any) -> None:
    parameter = Parameter("p", default=default)
    assert parameter.type == kind
    if kind is not str:
        assert parameter.convert(default) == default


def test_a_path_as_default_is_a_path_and_home_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert Parameter("p", default=Path("x")).convert("~/y") == Path("/home/ada/y")


@pytest.mark.parametrize("kind", [int | str, bytes, list[bytes], complex], ids=str)
def test_a_type_that_no_text_can_be_read_as_is_refused_where_it_is_declared(kind: Any) -> None:
    with pytest.raises(ParameterError, match="'p' has the type"):
        Parameter("p", type=kind)


def test_several_values_of_a_type_are_kept_plainly() -> None:
    parameter = Parameter("p", type=Colour, multiple=True)
    found = parameter.convert(("red", "green"))
    assert found == (Colour.RED, Colour.GREEN)
    assert parameter.to_plain(found) == ["red", "green"]
    assert parameter.from_plain(["red", "green"]) == found


def test_a_kept_value_that_its_type_no_longer_has_is_named() -> None:
    with pytest.raises(ParameterError, match=r"'p' was kept as 'blue'.*no Colour any more"):
        Parameter("p", type=Colour).from_plain("blue")
