"""A flow that derives from one in another file: mixins, own decorators, a step that is skipped, a hook at the end."""

import os

from derived_base import AddVariable, Around, BaseFlow, skipper
from metaflow import current, exit_hook, parallel_map, profile, schedule, step


def done(run=None):
    with open("hook.txt", "w") as file:
        file.write(run.pathspec.split("/")[0])


@exit_hook(on_success=[done])
@schedule(daily=True)
class DerivedFlow(BaseFlow):
    extra = [1, 2]

    @AddVariable("yes")
    @Around(note="told")
    @step
    def middle(self):
        self.added = os.environ.get("ADDED")
        self.squares = parallel_map(lambda x: x * x, self.extra)
        took = {}
        with profile("piece", stats_dict=took):
            pass
        self.pieces = sorted(took)
        self.graph_names = sorted(current.graph["steps"])
        self.next(self.maybe)

    @skipper(why="because")
    @step
    def maybe(self):
        self.never = True
        self.next(self.leave)

    @step(end=True)
    def leave(self):
        self.skipped_it = not hasattr(self, "never")


if __name__ == "__main__":
    DerivedFlow()
