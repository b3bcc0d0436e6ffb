"""A card while its task runs: which versions are written, which are left."""

import json
from typing import Any
from uuid import uuid4

import pytest

from headwater.cards.base import Card, Component
from headwater.cards.live import LiveCard
from headwater.cards.making import Surroundings
from headwater.cards.parts import Parts
from headwater.records.decorators import Card as CardDecorator
from headwater.storage.memory import MemoryStorage


class Text(Component):
    def __init__(self, text: str) -> None:
        self.text = text

    def render(self) -> str:
        return self.text

    def to_data(self) -> str:
        return self.text


class Live(Card):
    ALLOW_USER_COMPONENTS = True
    RUNTIME_UPDATABLE = True
    RELOAD_POLICY = "onchange"

    def render_runtime(self, task: Any, data: Any) -> str:
        return f"page {data['user']} {''.join(self.components)}"

    def reload_content_token(self, task: Any, data: Any) -> str:
        return ",".join(sorted(data["components"]))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Stage:
    """A live card in a storage of its own."""

    def __init__(self, kind: type[Card] = Live, interval: float = 5) -> None:
        self.storage = MemoryStorage(f"live-{uuid4()}")
        self.clock = Clock()
        self.live = LiveCard(self.storage, "cards", 2, self.clock)
        self.parts = Parts(CardDecorator(refresh_interval=interval), kind, lambda parts, data, force: None)
        self.parts.append(Text("one"), id="a")

    def refresh(self, user: Any = None, force: bool = False) -> None:
        self.live.refresh(self.parts, user, force, lambda: Surroundings(None))

    @property
    def kept(self) -> dict[str, str]:
        return {entry.key: self.storage.read(entry.key).decode() for entry in self.storage.list("cards")}


def test_the_first_version_is_a_page_and_its_data() -> None:
    stage = Stage()
    stage.refresh({"epoch": 1})
    page, data = stage.kept["cards/2.1.html"], json.loads(stage.kept["cards/2.2.json"])
    assert page == "page {'epoch': 1} one"
    assert data == {
        "mode": "refresh",
        "token": "a",
        "user": {"epoch": 1},
        "components": {"a": {"html": "one", "data": "one"}},
    }


def test_a_version_that_is_too_young_is_left_to_stand_unless_forced() -> None:
    stage = Stage(interval=5)
    stage.refresh()
    stage.clock.now += 4.9
    stage.refresh("late")
    assert len(stage.kept) == 2
    assert "late" not in str(stage.kept)
    stage.refresh("forced", force=True)
    assert "forced" in stage.kept["cards/2.3.json"]
    stage.clock.now += 5
    stage.refresh("in time")
    assert "in time" in stage.kept["cards/2.4.json"]


def test_only_data_is_written_as_long_as_the_token_stays_and_the_old_version_goes() -> None:
    stage = Stage(interval=0)
    stage.refresh()
    stage.parts.components["a"].text = "two"
    stage.refresh()
    assert sorted(stage.kept) == ["cards/2.1.html", "cards/2.3.json"]
    stage.parts.append(Text("more"), id="b")
    stage.refresh()
    assert sorted(stage.kept) == ["cards/2.4.html", "cards/2.5.json"]


def test_the_page_is_written_anew_after_a_minute() -> None:
    stage = Stage(interval=0)
    stage.refresh()
    stage.clock.now += 61
    stage.refresh()
    assert sorted(stage.kept) == ["cards/2.3.html", "cards/2.4.json"]


def test_nothing_is_left_when_the_card_itself_is_there() -> None:
    stage = Stage()
    stage.refresh()
    stage.live.close()
    assert stage.kept == {}


def test_a_card_that_is_not_shown_live_writes_nothing() -> None:
    stage = Stage(type("Late", (Live,), {"RUNTIME_UPDATABLE": False}))
    stage.refresh(force=True)
    assert stage.kept == {}


def test_a_card_that_raises_is_not_shown_live_any_more_and_says_so_once(capsys: pytest.CaptureFixture[str]) -> None:
    def render_runtime(self: Card, task: Any, data: Any) -> str:
        raise ValueError("no page")

    stage = Stage(type("Broken", (Live,), {"render_runtime": render_runtime}), interval=0)
    stage.refresh()
    stage.refresh()
    said = capsys.readouterr().err
    assert said.count("raised ValueError: no page. It is not shown live any more.") == 1
    assert stage.kept == {}


def test_a_card_that_always_reloads_has_a_page_with_every_version() -> None:
    stage = Stage(type("Always", (Live,), {"RELOAD_POLICY": "always"}), interval=0)
    stage.refresh()
    first = set(stage.kept)
    stage.refresh()
    assert len(stage.kept) == 2
    assert not first & set(stage.kept)
