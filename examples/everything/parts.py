"""Decorators of one's own: one that changes a flow before it runs, one that stands around a step."""

import time

from headwater import FlowMutator, user_step_decorator


class retried(FlowMutator):
    """Puts @retry on every step that has none, as often as the flow's config says."""

    def pre_mutate(self, flow):
        for _, step in flow.steps:
            if not step.has_decorator("retry"):
                step.add_decorator(
                    "retry", deco_kwargs={"times": flow.settings["retries"], "minutes_between_retries": 0}
                )


@user_step_decorator
def timed(step_name, flow, inputs):
    """Keeps how long the step took."""
    began = time.perf_counter()
    yield
    flow.seconds = time.perf_counter() - began
