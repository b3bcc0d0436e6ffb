"""Mutators: what they see of a flow, what they may change and when, in which order they act, and their mistakes."""

from typing import Any

import pytest

from headwater import (
    Config,
    FlowMutator,
    FlowSpec,
    Parameter,
    StepMutator,
    UserStepDecorator,
    config_expr,
    package_suffixes,
    project,
    resources,
    retry,
    step,
    timeout,
)
from headwater.errors import DecoratorError, MutatorError
from headwater.flow.build import build_graph
from headwater.flow.decorators import decorators_of
from headwater.flow.flow_decorators import flow_decorators_of
from headwater.flow.mutable import MutableFlow, MutableStep
from headwater.flow.package import package_of
from headwater.flow.parameters import parameters_of
from headwater.flow.resolve import Choices, resolve_flow
from headwater.records.decorators import Resources, Retry, Timeout, UserDecorator


class Base(FlowSpec):
    config = Config("config", default_value={"times": 3, "who": "ada"})
    alpha = Parameter("alpha", default=1)

    @retry(times=1)
    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


class noted(UserStepDecorator):  # noqa: N801  it stands behind an @
    """Does nothing."""

    def init(self, **options: Any) -> None:
        self.options = options


class acting(FlowMutator):  # noqa: N801  it stands behind an @
    """Calls what it is given."""

    def init(self, before: Any = None, after: Any = None) -> None:
        self.before, self.after = before, after

    def pre_mutate(self, mutable_flow: MutableFlow) -> None:
        if self.before:
            self.before(mutable_flow)

    def mutate(self, mutable_flow: MutableFlow) -> None:
        if self.after:
            self.after(mutable_flow)


class acting_on_step(StepMutator):  # noqa: N801  it stands behind an @
    """Calls what it is given."""

    def init(self, before: Any = None, after: Any = None) -> None:
        self.before, self.after = before, after

    def pre_mutate(self, mutable_step: MutableStep) -> None:
        if self.before:
            self.before(mutable_step)

    def mutate(self, mutable_step: MutableStep) -> None:
        if self.after:
            self.after(mutable_step)


def mutated(before: Any = None, after: Any = None, cls: type[FlowSpec] = Base) -> Any:
    """A flow that was derived from another one, and changed."""
    return resolve_flow(acting(before, after)(type("Made", (cls,), {"__module__": __name__})))


def on_start(before: Any = None, after: Any = None) -> Any:
    """A flow with a mutator on its first step."""

    class Made(Base):
        @acting_on_step(before, after)
        @retry(times=1)
        @step
        def start(self) -> None:
            self.next(self.end)

    return resolve_flow(Made)


def test_a_mutator_sees_parameters_configs_steps_and_decorators() -> None:
    seen: dict[str, Any] = {}

    def look(flow: MutableFlow) -> None:
        seen.update(
            name=flow.name,
            parameters=[(name, type(one)) for name, one in flow.parameters],
            configs=dict(flow.configs),
            steps=[name for name, _ in flow.steps],
            start=list(flow.start.decorator_specs),
            has=(flow.start.has_decorator("retry"), flow.end.has_decorator("retry"), flow.has_decorator("project")),
            through=(flow.config.who, flow.alpha.name, flow.start.flow.name),
            own=[spec[0] for spec in flow.decorator_specs],
        )

    mutated(look)
    assert seen == {
        "name": "Made",
        "parameters": [("alpha", Parameter)],
        "configs": {"config": {"times": 3, "who": "ada"}},
        "steps": ["start", "end"],
        "start": [("retry", "headwater.retry", [], {"times": 1, "minutes_between_retries": 2.0})],
        "has": (True, False, False),
        "through": ("ada", "alpha", "Made"),
        "own": ["acting"],
    }


def test_parameters_are_added_overwritten_and_removed() -> None:
    def change(flow: MutableFlow) -> None:
        flow.add_parameter("beta", Parameter("beta", default=flow.config.times))
        flow.add_parameter("gamma", Parameter("gamma", default=config_expr("config.who")))
        flow.add_parameter("alpha", Parameter("alpha", default="other"), overwrite=True)
        assert flow.remove_parameter("beta")
        assert not flow.remove_parameter("nobody")

    flow = mutated(change)
    assert {name: one.default for name, one in parameters_of(flow).items()} == {"alpha": "other", "gamma": "ada"}
    build_graph(flow)
    gone = mutated(lambda flow: flow.remove_parameter("alpha"))
    assert parameters_of(gone) == {}
    assert parameters_of(Base)["alpha"].default == 1


def test_decorators_of_steps_are_added_as_text_function_and_class_in_both_phases() -> None:
    def before(flow: MutableFlow) -> None:
        flow.end.add_decorator("retry:times=2,minutes_between_retries=0")
        flow.end.add_decorator(resources, deco_kwargs={"cpu": config_expr("config.times")})
        flow.end.add_decorator(noted, deco_kwargs={"unit": "ms"})
        flow.end.add_decorator("noted:unit=s", duplicates=MutableStep.IGNORE)

    def after(flow: MutableFlow) -> None:
        flow.end.add_decorator("timeout:minutes=1")

    attached = decorators_of(mutated(before, after).end)
    records = build_graph(mutated(before, after)).nodes["end"].decorators
    assert records[0] == Timeout(minutes=1)
    assert records[1] == UserDecorator(target=f"{__name__}.noted", options={"unit": "ms"}, place=0)
    assert records[2:] == (Resources(cpu=3), Retry(times=2, minutes_between_retries=0))
    assert getattr(attached[1], "options", None) == {"unit": "ms"}


def test_what_is_there_already_stays_fails_or_is_replaced() -> None:
    ignored = mutated(lambda flow: flow.start.add_decorator("retry:times=5"))
    assert decorators_of(ignored.start) == (Retry(times=1),)
    replaced = mutated(lambda flow: flow.start.add_decorator("retry:times=5", duplicates=flow.OVERRIDE))
    assert decorators_of(replaced.start) == (Retry(times=5),)
    with pytest.raises(MutatorError, match=r"acting.pre_mutate.*@retry.*step 'start'.*OVERRIDE"):
        mutated(lambda flow: flow.start.add_decorator("retry:times=5", duplicates=flow.ERROR))
    with pytest.raises(MutatorError, match="IGNORE, ERROR and OVERRIDE"):
        mutated(lambda flow: flow.start.add_decorator("retry", duplicates=7))


def test_decorators_of_steps_are_removed_by_name_and_by_what_they_were_given() -> None:
    def change(flow: MutableFlow) -> None:
        assert not flow.start.remove_decorator("retry", deco_kwargs={"times": 9})
        assert not flow.start.remove_decorator("timeout")
        assert flow.start.remove_decorator("retry", deco_kwargs={"times": 1})

    assert decorators_of(mutated(change).start) == ()


def test_decorators_of_the_flow_are_added_replaced_and_removed() -> None:
    def change(flow: MutableFlow) -> None:
        flow.add_decorator("schedule:hourly=true")
        flow.add_decorator(project, deco_kwargs={"name": flow.config.who})
        flow.add_decorator("project:name=other", duplicates=flow.OVERRIDE)
        assert flow.remove_decorator("schedule")

    (found,) = flow_decorators_of(mutated(change))
    assert getattr(found, "name", "") == "other"


def test_a_step_mutator_acts_on_its_step_alone_and_knows_its_flow() -> None:
    def before(one: MutableStep) -> None:
        assert one.flow.config.times == 3
        one.add_decorator("resources", deco_kwargs={"cpu": 2})

    def after(one: MutableStep) -> None:
        one.remove_decorator("retry")
        one.add_decorator(timeout, deco_kwargs={"seconds": 5})

    flow = on_start(before, after)
    assert decorators_of(flow.start) == (Timeout(seconds=5), Resources(cpu=2))
    assert decorators_of(flow.end) == ()


def test_mutators_act_bases_first_then_the_innermost_flows_before_steps_phase_by_phase() -> None:
    order: list[str] = []

    def acts(name: str) -> dict[str, Any]:
        return {
            "before": lambda one: order.append(f"{name} pre_mutate"),
            "after": lambda one: order.append(f"{name} mutate"),
        }

    @acting(**acts("base"))
    class First(Base):
        pass

    @acting(**acts("outer"))
    @acting(**acts("inner"))
    class Second(First):
        @acting_on_step(**acts("step's outer"))
        @acting_on_step(**acts("step's inner"))
        @step
        def start(self) -> None:
            self.next(self.end)

    resolve_flow(Second)
    names = ["base", "inner", "outer", "step's inner", "step's outer"]
    assert order == [f"{name} {phase}" for phase in ("pre_mutate", "mutate") for name in names]


def test_a_mutator_may_add_mutators_which_act_in_the_same_phase() -> None:
    def before(flow: MutableFlow) -> None:
        flow.add_decorator(acting, deco_kwargs={"before": lambda other: other.remove_parameter("alpha")}, duplicates=3)

    def adds_to_step(flow: MutableFlow) -> None:
        flow.end.add_decorator(acting_on_step, deco_args=[lambda one: one.add_decorator("retry")])

    assert parameters_of(mutated(before)) == {}
    assert decorators_of(mutated(adds_to_step).end) == (Retry(),)


def test_a_mutator_that_keeps_adding_itself_ends_in_an_error_that_names_it() -> None:
    def again(flow: MutableFlow) -> None:
        flow.add_decorator(acting, deco_args=[again], duplicates=flow.OVERRIDE)

    def again_on_step(one: MutableStep) -> None:
        one.add_decorator(acting_on_step, deco_args=[again_on_step], duplicates=one.OVERRIDE)

    with pytest.raises(MutatorError, match=r"acting keeps adding mutators to Made.*only where it is not there"):
        mutated(again)
    with pytest.raises(MutatorError, match=r"acting_on_step keeps adding mutators to step 'start' of Made"):
        on_start(again_on_step)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda flow: flow.add_parameter("b", Parameter("b")), "adds the parameter 'b' in mutate"),
        (lambda flow: flow.remove_parameter("alpha"), "removes the parameter 'alpha' in mutate"),
        (lambda flow: flow.add_decorator("project:name=x"), "adds @project to the flow in mutate"),
        (lambda flow: flow.remove_decorator("project"), "removes @project from the flow in mutate"),
        (lambda flow: flow.end.add_decorator(acting_on_step), "adds the mutator acting_on_step in mutate"),
    ],
)
def test_mutate_changes_decorators_of_steps_alone(change: Any, words: str) -> None:
    with pytest.raises(MutatorError) as caught:
        mutated(after=change)
    assert words in str(caught.value)
    assert "Do it in pre_mutate" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda flow: flow.end.add_decorator("nonsense"),
            ["acting.pre_mutate, on Made", "no decorator 'nonsense'", "noted"],
        ),
        (lambda flow: flow.end.add_decorator("retry:often=2"), ["no option 'often'", ".py:"]),
        (lambda flow: flow.end.add_decorator(acting), ["no decorator of a step"]),
        (lambda flow: flow.end.add_decorator("retry:times=2", deco_kwargs={"times": 3}), ["in one way"]),
        (lambda flow: flow.add_decorator("retry"), ["no decorator of flows called 'retry'"]),
        (lambda flow: flow.add_decorator(noted), ["no decorator of a flow"]),
        (lambda flow: flow.add_parameter("b", 3), ["Give a Parameter"]),
        (lambda flow: flow.add_parameter("alpha", Parameter("alpha")), ["overwrite=True"]),
        (lambda flow: flow.add_parameter("start", Parameter("start"), overwrite=True), ["is no parameter"]),
        (lambda flow: flow.add_parameter("a b", Parameter("a")), ["can be no attribute"]),
        (lambda flow: flow.nothing, ["no step, config or parameter 'nothing'", "start, end, config, alpha"]),
        (lambda flow: 1 / 0, ["ZeroDivisionError", "test_flow_mutators.py:"]),
    ],
)
def test_whatever_a_mutator_does_wrong_names_it_and_the_flow(change: Any, words: list[str]) -> None:
    with pytest.raises(MutatorError) as caught:
        mutated(change)
    assert [word for word in ["acting", *words] if word not in str(caught.value)] == []


def test_a_mutator_whose_init_raises_is_named_with_its_options() -> None:
    class picky(FlowMutator):  # noqa: N801  it stands behind an @
        def init(self, size: int) -> None:
            self.size = size

    with pytest.raises(DecoratorError, match=r"@picky\(width=2\) could not be made.*width"):
        resolve_flow(picky(width=2)(type("Made", (Base,), {"__module__": __name__})))


@pytest.mark.parametrize("mutator", [acting, acting_on_step, noted])
def test_one_that_stands_in_the_wrong_place_says_where_it_belongs(mutator: Any) -> None:
    with pytest.raises(DecoratorError, match=r"stands on .*Put"):
        mutator()(lambda: None)


def test_options_of_mutators_wait_for_configs() -> None:
    seen: list[Any] = []

    class told(FlowMutator):  # noqa: N801  it stands behind an @
        def init(self, *arguments: Any, **options: Any) -> None:
            seen.append((arguments, options))

    resolve_flow(told(Base.config.who, **Base.config)(type("Made", (Base,), {"__module__": __name__})))
    assert seen == [(("ada",), {"times": 3, "who": "ada"})]


def test_a_mutator_can_be_given_for_all_steps_by_its_name() -> None:
    flow = resolve_flow(Base, Choices(with_=(f"{__name__}.adding:cpu=4", "retry")))
    assert [decorators_of(getattr(flow, name))[0] for name in ("start", "end")] == [Resources(cpu=4)] * 2
    assert resolve_flow(resolve_flow(Base), Choices(with_=("adding:cpu=4",))) is not resolve_flow(Base)


def test_a_mutator_of_flows_cannot_be_given_for_all_steps() -> None:
    with pytest.raises(DecoratorError, match=r"--with 'acting' names a mutator of flows.*above the class"):
        resolve_flow(Base, Choices(with_=("acting",)))


class adding(StepMutator):  # noqa: N801  it stands behind an @
    """Adds @resources."""

    def init(self, cpu: int) -> None:
        self.cpu = cpu

    def pre_mutate(self, mutable_step: MutableStep) -> None:
        mutable_step.add_decorator("resources", deco_kwargs={"cpu": self.cpu})


def test_mutators_say_what_the_code_package_keeps(tmp_path: Any) -> None:
    (tmp_path / "words.dat").write_text("x")

    class keeping(FlowMutator):  # noqa: N801  it stands behind an @
        def init(self, file: str) -> None:
            self.file = file

        def add_to_package(self) -> Any:
            return [(self.file, "data/words.dat")]

    made = type("Made", (Base,), {"__module__": __name__})
    flow = resolve_flow(package_suffixes([".json", "md"])(keeping(str(tmp_path / "words.dat"))(made)))
    assert package_of(flow) == (frozenset({".json", ".md"}), ((str(tmp_path / "words.dat"), "data/words.dat"),))
    with pytest.raises(MutatorError, match=r"add_to_package of keeping.*pairs"):
        resolve_flow(keeping("/nowhere")(type("Made", (Base,), {"__module__": __name__})))
    with pytest.raises(DecoratorError, match="no ending"):
        resolve_flow(package_suffixes([1])(type("Made", (Base,), {"__module__": __name__})))


def test_what_authors_write_stands_above_step() -> None:
    def body(self: Any) -> None:
        """A step."""

    for kind in (noted, adding):
        with pytest.raises(DecoratorError, match=f"@{kind.__name__} stands below @step"):
            step(kind(body))
