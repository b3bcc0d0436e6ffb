"""Cards with components, a helper module in another file, a mutator of the flow, a decorator of the author's."""

from metaflow import FlowMutator, FlowSpec, Parameter, card, current, step
from metaflow.cards import Markdown, Table
from pictured_helpers import Point, announce, total


class AddParameter(FlowMutator):
    def pre_mutate(self, mutable_flow):
        mutable_flow.add_parameter("added", Parameter("added", default=7))


@AddParameter
class PicturedFlow(FlowSpec):
    @announce
    @step
    def start(self):
        self.points = [Point(1, 2), Point(3, 4)]
        self.next(self.draw)

    @card(type="blank", id="mine")
    @card
    @step
    def draw(self):
        current.card["mine"].append(Markdown("# Points"))
        current.card["mine"].append(Table([[point.x, point.y] for point in self.points], headers=["x", "y"]))
        self.sum = total(self.points)
        self.next(self.end)

    @step
    def end(self):
        self.result = self.sum + self.added


if __name__ == "__main__":
    PicturedFlow()
