"""The base of a flow, what it is mixed with, and decorators of the author's own."""

from metaflow import USER_SKIP_STEP, FlowSpec, Parameter, StepMutator, UserStepDecorator, step, user_step_decorator


class Scaled:
    factor = 10

    @property
    def doubled(self):
        return self.factor * 2


class BaseFlow(FlowSpec, Scaled):
    base = Parameter("base", default=3, type=int, help="From the base.")

    @step(start=True)
    def enter(self):
        self.trace = ["enter"]
        self.scaled = self.base * self.doubled
        self.next(self.middle)


class AddVariable(StepMutator):
    def init(self, value):
        self.value = value

    def pre_mutate(self, mutable_step):
        mutable_step.add_decorator("environment", deco_kwargs={"vars": {"ADDED": self.value}})


class Around(UserStepDecorator):
    def init(self, note="none"):
        self.note = note

    def pre_step(self, step_name, flow, inputs=None):
        flow.before = (step_name, self.note)

    def post_step(self, step_name, flow, exception=None):
        flow.after = step_name
        return exception


@user_step_decorator
def skipper(step_name, flow, inputs, attributes):
    flow.skipped = attributes.get("why")
    yield USER_SKIP_STEP
