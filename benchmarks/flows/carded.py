"""A foreach as wide as WIDTH says, whose tasks set what a default card has to tell; with a card, they fill it too."""

import os

import numpy
import pandas

from headwater import FlowSpec, current, step
from headwater.cards import Markdown, ProgressBar, Table, ValueBox

FRAME = pandas.DataFrame({name: range(1000) for name in "abcdefgh"})


class CardedFlow(FlowSpec):
    @step
    def start(self):
        self.items = list(range(int(os.environ["WIDTH"])))
        self.next(self.work, foreach="items")

    @step
    def work(self):
        self.frame = FRAME
        self.array = numpy.arange(1000)
        self.params = {f"name_{number}": number for number in range(20)}
        for number in range(20):
            setattr(self, f"figure_{number}", number / 7)
        if "card" in current:
            current.card.append(Markdown("# Trained\n\n" + "Some *text*. " * 50))
            current.card.append(Table.from_dataframe(FRAME.head(20)))
            current.card.append(ProgressBar(max=10, value=7, label="epochs"))
            current.card.append(ValueBox("Loss", 0.31))
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    CardedFlow()
