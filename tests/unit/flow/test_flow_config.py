"""`Config` in a class body: what waits for it, what it is read from, and every mistake told with its remedy."""

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from headwater import Config, ConfigValue, FlowSpec, Parameter, config_expr, resources, retry, step
from headwater.errors import ConfigError, DecoratorError
from headwater.flow.build import build_graph, draft_of
from headwater.flow.decorators import decorators_of
from headwater.flow.delayed import is_delayed, settle
from headwater.flow.resolve import Choices, configs_in, resolve_flow
from headwater.records.decorators import Resources, Retry

VALUES = {"rate": 0.5, "name": "Fraud", "retries": 2, "machine": {"cpu": 4, "memory": 512}, "sizes": [1, {"deep": 2}]}


class Plain(FlowSpec):
    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


class Tuned(Plain):
    config = Config("config", default_value=VALUES)
    rate = Parameter("rate", default=config.rate)
    shared = config.name

    @retry(times=config.retries, minutes_between_retries=config_expr("config.machine.cpu / 2"))
    @resources(**config.machine)
    @step
    def start(self) -> None:
        self.next(self.end)


def flow_with(config: Any, **attributes: Any) -> type[FlowSpec]:
    return type("Made", (Plain,), {"__module__": __name__, "config": config, **attributes})


def value_of(config: Config, choices: Choices | None = None) -> Any:
    return configs_in(resolve_flow(flow_with(config), choices or Choices()))["config"]


def test_options_defaults_and_constants_wait_for_a_config_and_are_settled_by_it() -> None:
    flow = resolve_flow(Tuned)
    assert decorators_of(flow.start) == (
        Retry(times=2, minutes_between_retries=2.0),
        Resources(cpu=4, memory=512),
    )
    found: Any = flow
    assert (found.rate.default, found.rate.type, found.shared) == (0.5, float, "Fraud")
    assert build_graph(flow).nodes["start"].decorators == decorators_of(flow.start)


def test_the_authors_class_stays_as_it_was() -> None:
    before = decorators_of(Tuned.start)
    first = resolve_flow(Tuned)
    second: Any = resolve_flow(Tuned, Choices(config_values={"config": {**VALUES, "rate": 1, "retries": 9}}))
    assert decorators_of(Tuned.start) is before
    assert (first is not Tuned, second.rate.default) == (True, 1)
    assert decorators_of(first.start) != decorators_of(second.start)


def test_a_flow_that_leaves_nothing_open_is_its_own_result_and_a_resolved_one_too() -> None:
    assert resolve_flow(Plain) is Plain
    flow = resolve_flow(Tuned)
    assert resolve_flow(flow) is flow


def test_configs_are_inherited() -> None:
    class Child(Tuned):
        pass

    flow: Any = resolve_flow(Child)
    assert (flow.rate.default, flow.__name__) == (0.5, "Child")


def test_a_config_value_has_items_and_attributes_and_is_a_plain_dict_when_asked() -> None:
    value = ConfigValue(VALUES)
    assert value.machine.cpu == value["machine"]["cpu"] == 4
    assert value.sizes[1].deep == 2
    assert (json.loads(json.dumps(value)), value == VALUES, isinstance(value, dict)) == (VALUES, True, True)
    plain = value.to_dict()
    plain["machine"]["cpu"] = 8
    assert (value.machine.cpu, type(plain["machine"]), type(plain["sizes"][1])) == (4, dict, dict)
    assert pickle.loads(pickle.dumps(value)) == copy.deepcopy(value) == value.copy() == value
    assert "machine" in dir(value)
    with pytest.raises(AttributeError, match=r"no 'speed' here. It has rate, name"):
        _ = value.speed


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.update(a=1),
        lambda value: setattr(value, "a", 1),
        lambda value: value.__setitem__("a", 1),
        lambda value: value.__delitem__("rate"),
        lambda value: value.pop("rate"),
        lambda value: value.machine.setdefault("a", 1),
        lambda value: value.clear(),
    ],
)
def test_a_config_value_cannot_be_changed(change: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"cannot be changed.*to_dict"):
        change(ConfigValue(VALUES))


def test_items_win_over_methods_in_a_class_body_only() -> None:
    config = Config("config")
    assert settle(config["items"], {"config": ConfigValue({"items": 3})}) == 3
    assert settle(config.items, {"config": ConfigValue({"items": 3})}) == 3


def test_what_waits_is_found_in_lists_and_dicts_and_spread_keeps_the_order_of_options() -> None:
    config = Config("config")
    options = {"a": 0, **config.part, "b": [config.name, (config.rate,)]}
    assert is_delayed(options)
    settled = settle(options, {"config": ConfigValue({"part": {"a": 1}, "name": "n", "rate": 2})})
    assert settled == {"a": 1, "b": ["n", (2,)]}


@pytest.mark.parametrize(
    "use",
    [
        lambda config: bool(config.debug),
        lambda config: f"{config.name}",
        lambda config: str(config.name),
        lambda config: list(config.sizes),
        lambda config: len(config.sizes),
        lambda config: config.rate * 2,
        lambda config: config.rate > 1,
        lambda config: 1 in config.sizes,
        lambda config: list(config),
    ],
)
def test_a_config_used_before_it_is_known_says_how_to_write_it(use: Callable[[Any], Any]) -> None:
    with pytest.raises(ConfigError, match="config_expr"):
        use(Config("config"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"times": Config("config").missing.deep}, ["config.missing cannot be found", "no 'missing'"]),
        ({"times": config_expr("config.rate.upper()")}, ["config_expr('config.rate.upper()')", "upper"]),
        ({"times": config_expr("other.rate")}, ["other", "config"]),
        ({**Config("config").rate}, ["**config.rate needs a mapping"]),
    ],
)
def test_what_cannot_be_settled_names_the_expression(options: Mapping[str, Any], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        settle(dict(options), {"config": ConfigValue(VALUES)})
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_config_of_the_wrong_type_for_a_decorator_names_step_and_decorator() -> None:
    class Wrong(Plain):
        config = Config("config", default_value={"retries": "many"})

        @retry(times=config.retries)
        @step
        def start(self) -> None:
            self.next(self.end)

    with pytest.raises(DecoratorError, match=r"Step 'start' of Wrong: @retry was given times='many'"):
        resolve_flow(Wrong)


def test_config_expr_refuses_what_is_no_expression_at_once() -> None:
    with pytest.raises(ConfigError, match="no Python expression"):
        config_expr("config.")


def test_a_default_is_read_from_its_file_and_from_what_a_function_answers(tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    file.write_text('{"a": 1}')
    assert value_of(Config("config", default=str(file))) == {"a": 1}
    assert value_of(Config("config", default=lambda context: file if context.flow_name == "Made" else "")) == {"a": 1}
    assert value_of(Config("config", default_value=lambda context: {"n": context.parameter_name})) == {"n": "config"}
    assert value_of(Config("config", default_value='{"a": [1]}')) == {"a": [1]}
    assert value_of(Config("config")) is None


def test_a_parser_makes_the_mapping_and_plain_leaves_what_it_made(tmp_path: Path) -> None:
    def pairs(text: str) -> dict[str, str]:
        return dict(line.split("=") for line in text.splitlines())

    assert value_of(Config("config", default_value="a=1\nb=2", parser=pairs)).b == "2"
    found = value_of(Config("config", default_value="a=1", parser=pairs, plain=True))
    assert (found, type(found)) == ({"a": "1"}, dict)
    assert value_of(Config("config", default_value="[1, 2]", plain=True)) == [1, 2]
    assert value_of(Config("config", default_value="a: 1", parser="headwater.parsers.yaml_parser")).a == 1
    assert value_of(Config("config", default_value="a: 1", parser=".parsers.yaml_parser")).a == 1


def test_what_was_chosen_wins_over_the_environment_and_that_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "c.json"
    file.write_text('{"from": "file"}')
    config = Config("config", default_value={"from": "default"})
    monkeypatch.setenv("HEADWATER_FLOW_CONFIG_VALUE", '{"config": {"from": "environment"}}')
    assert value_of(config)["from"] == "environment"
    assert value_of(config, Choices(config_files={"CONFIG": str(file)}))["from"] == "file"
    assert value_of(config, Choices(config_values={"config": {"from": "value"}}))["from"] == "value"
    monkeypatch.delenv("HEADWATER_FLOW_CONFIG_VALUE")
    monkeypatch.setenv("HEADWATER_FLOW_CONFIG", json.dumps({"config": str(file)}))
    assert value_of(config)["from"] == "file"


def _fails() -> Config:
    return Config("config", default=lambda context: 1 / 0)


@pytest.mark.parametrize(
    ("config", "choices", "words"),
    [
        (Config("config", default="nowhere.json"), {}, ["'config'", "nowhere.json", "--config config FILE"]),
        (Config("config", required=True), {}, ["required", "--config-value config VALUE"]),
        (Config("config", default_value="{a"), {}, ["not valid JSON", "parser="]),
        (Config("config", default_value="[1]"), {}, ["no mapping", "plain=True"]),
        (Config("config", default_value="x", parser="nothing.here"), {}, ["'nothing.here'", "package.module"]),
        (Config("config", default_value="x", parser=lambda text: 1 / 0), {}, ["ZeroDivisionError"]),
        (_fails(), {}, ["ZeroDivisionError", "--config config FILE"]),
        (Config("config", default=3), {}, ["no path"]),
        (Config("config"), {"config_values": {"confg": {}}}, ["'confg'", "Did you mean 'config'?"]),
        (Config("config"), {"config_values": {"config": {}}, "config_files": {"config": "x"}}, ["both", "one of"]),
        (Config("config"), {"config_values": {"config": {}, "CONFIG": {}}}, ["given twice"]),
        (Config("config"), {"config_files": {"config": "/"}}, ["directory"]),
    ],
)
def test_every_mistake_names_the_config_and_the_remedy(
    config: Config, choices: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        value_of(config, Choices(**choices))
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_file_that_is_no_text_says_where(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(ConfigError, match=r"no UTF-8 text .* at byte 7"):
        value_of(Config("config", default=str(tmp_path / "c.json")))


def test_a_variable_that_is_no_object_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_FLOW_CONFIG", "c.json")
    with pytest.raises(ConfigError, match="HEADWATER_FLOW_CONFIG is no JSON object"):
        value_of(Config("config"))


def test_a_config_has_one_default() -> None:
    with pytest.raises(ConfigError, match=r"both a default and a default_value. Keep one"):
        Config("config", default="a.json", default_value={})


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"other": Config("CONFIG")}, "called like the config"),
        ({"p": Parameter("Config")}, "cannot have a parameter 'Config'"),
        ({"start": Config("x")}, "hides a step"),
        ({"_hidden": Config("x")}, "cannot stand in the attribute '_hidden'"),
        ({"bad": Config("a b")}, "cannot be the name of a config"),
    ],
)
def test_names_and_places_are_checked_before_a_run(attributes: dict[str, Any], words: str) -> None:
    flow = resolve_flow(flow_with(Config("config"), **attributes))
    assert any(words in problem.message for problem in draft_of(flow).problems)


class Switching(FlowSpec):
    config = Config("config", default_value={"kinds": {"first": "a", "second": 2}, "list": [True]})

    @step
    def start(self) -> None:
        self.kind = "a"
        self.next(
            {self.config.kinds.first: self.left, self.config["kinds"].second: self.right, "c": self.end},
            condition="kind",
        )

    @step
    def left(self) -> None:
        self.next(self.end)

    @step
    def right(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


def test_cases_of_a_switch_can_be_values_of_a_config() -> None:
    cases = build_graph(resolve_flow(Switching)).nodes["start"].cases
    assert [(case.value, case.step) for case in cases] == [("a", "left"), (2, "right"), ("c", "end")]
    drawn = draft_of(Switching).steps[0].node.cases
    assert [case.value for case in drawn] == ["config:config.kinds.first", "config:config.kinds.second", "c"]


@pytest.mark.parametrize(
    ("value", "words"),
    [({"kinds": {"second": 1}}, "there is no 'first'"), ({"kinds": {"first": [1], "second": 1}}, "[1]")],
)
def test_a_case_that_the_config_does_not_have_is_a_problem_of_the_step(value: dict[str, Any], words: str) -> None:
    flow = resolve_flow(Switching, Choices(config_values={"config": value}))
    assert words in draft_of(flow).steps[0].next_problem
