"""Mutators and decorators of the author's own around every shape, with configs behind them."""

from metaflow import (
    USER_SKIP_STEP,
    Config,
    FlowMutator,
    FlowSpec,
    Parameter,
    StepMutator,
    UserStepDecorator,
    config_expr,
    current,
    step,
    user_step_decorator,
)


def note(flow, text):
    flow.notes = [*getattr(flow, "notes", []), text]


class HouseStyle(FlowMutator):
    def init(self, times=1):
        self.times = times

    def pre_mutate(self, mutable_flow):
        mutable_flow.add_parameter("verbose", Parameter("verbose", default=mutable_flow.config.verbose))
        for name, one in mutable_flow.steps:
            if name == "work":
                one.add_decorator("retry", deco_kwargs={"times": self.times, "minutes_between_retries": 0})
            if name == "end":
                one.add_decorator(Noted, deco_kwargs={"name": "by the mutator"})

    def mutate(self, mutable_flow):
        mutable_flow.loop.add_decorator(Noted, deco_kwargs={"name": "late"})


class Bare(StepMutator):
    def init(self, **options):
        self.options = options

    def pre_mutate(self, mutable_step):
        mutable_step.remove_decorator("Noted", deco_kwargs={"name": "inner"})
        mutable_step.add_decorator("Noted:name=ignored")


class Noted(UserStepDecorator):
    def init(self, name="plain"):
        self.name = name

    def pre_step(self, step_name, flow, inputs=None):
        note(flow, f"{self.name} before {step_name}")

    def post_step(self, step_name, flow, exception=None):
        note(flow, f"{self.name} after {step_name}: {exception!r}")
        return exception


@user_step_decorator
def forgiving(step_name, flow, inputs):
    try:
        yield
    except ValueError as exc:
        flow.forgiven = str(exc)


@user_step_decorator
def skipped(step_name, flow, inputs):
    note(flow, "skipped")
    yield USER_SKIP_STEP


@user_step_decorator
def instead(step_name, flow, inputs):
    def run(flow, inputs=None):
        flow.total = sum(one.part for one in inputs)
        flow.next(flow.loop)

    yield run


@HouseStyle(times=2)
class AuthoredFlow(FlowSpec):
    config = Config("config", default_value={"verbose": "loud", "first": "a", "fails": 1})

    @Noted(name="outer")
    @Bare(unused=config.fails)
    @Noted(name="inner")
    @step
    def start(self):
        self.items = [1, 2]
        self.next(self.work, foreach="items")

    @forgiving
    @Noted(name=config_expr("config.verbose.upper()"))
    @step
    def work(self):
        if current.retry_count < self.config.fails:
            raise KeyError("once")
        self.part = self.input * 10
        raise ValueError(f"bad {self.input}")
        self.next(self.join)

    @instead
    @Noted
    @step
    def join(self, inputs):
        raise RuntimeError("not reached")
        self.next(self.loop)

    @step
    def loop(self):
        self.said = (self.verbose, self.config.first)
        self.next(self.choose)

    @step
    def choose(self):
        self.chosen = "a"
        self.next({self.config.first: self.left, "b": self.right}, condition="chosen")

    @skipped
    @step
    def left(self):
        self.next(self.end)

    @step
    def right(self):
        self.next(self.end)

    @step
    def end(self):
        self.names = current.parameter_names


if __name__ == "__main__":
    AuthoredFlow()
