"""Parameters of each type, a foreach within a foreach, joins that merge, a constant, a private artifact."""

from metaflow import FlowSpec, JSONType, Parameter, current, step


class ShapesFlow(FlowSpec):
    """Counts letters of words."""

    unit = "letters"
    alpha = Parameter("alpha", help="A number.", default=0.5)
    count = Parameter("count", type=int, default=3)
    title = Parameter("title", default="a title")
    flag = Parameter("flag", type=bool, default=False)
    words = Parameter("words", separator=",", default="pear,fig,quince")
    extra = Parameter("extra-options", type=JSONType, default='{"depth": [1, 2, {"x": null}]}')

    @step
    def start(self):
        self.seen = {"alpha": self.alpha, "flag": self.flag, "extra": self.extra}
        self.groups = [self.words, self.words[:2]]
        self.shared = ("kept", 1)
        self._hidden = "private"
        self.next(self.group, foreach="groups")

    @step
    def group(self):
        self.position = self.index
        self.letters = self.input
        self.next(self.letter, foreach="letters")

    @step
    def letter(self):
        self.length = len(self.input)
        self.stack = [tuple(frame) for frame in self.foreach_stack()]
        self.next(self.collect)

    @step
    def collect(self, inputs):
        self.lengths = [one.length for one in inputs]
        self.outer = self.index
        self.merge_artifacts(inputs, exclude=["length", "stack"])
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.total = sum(sum(one.lengths) for one in inputs) * self.count
        self.groups_seen = [one.position for one in inputs]
        self.merge_artifacts(inputs, include=["shared", "seen"])
        self.next(self.end)

    @step
    def end(self):
        self.told = f"{self.total} {self.unit}, {self.title}"
        self.names = sorted(current.parameter_names)


if __name__ == "__main__":
    ShapesFlow()
