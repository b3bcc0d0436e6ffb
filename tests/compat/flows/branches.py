"""Branches within a branch, a join of what differs, a value that only one branch has, values of many types."""

import datetime
import decimal

from metaflow import FlowSpec, step


class BranchesFlow(FlowSpec):
    @step
    def start(self):
        self.common = [1, 2, 3]
        self.when = datetime.datetime(2024, 2, 29, 12, 30)
        self.price = decimal.Decimal("12.50")
        self.unicode = "straße, 東京"
        self.raw = b"\x00\xff"
        self.nothing = None
        self.next(self.left, self.right)

    @step
    def left(self):
        self.side = "left"
        self.only_left = True
        self.next(self.left_a, self.left_b)

    @step
    def left_a(self):
        self.leaf = "a"
        self.next(self.left_join)

    @step
    def left_b(self):
        self.leaf = "b"
        self.next(self.left_join)

    @step
    def left_join(self, inputs):
        self.leaves = [inputs.left_a.leaf, inputs.left_b.leaf]
        self.merge_artifacts(inputs, exclude=["leaf"])
        self.next(self.join)

    @step
    def right(self):
        self.side = "right"
        self.changed = [*self.common, 4]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.side = inputs.right.side
        self.before_merge = hasattr(self, "common")
        self.merge_artifacts(inputs)
        self.next(self.end)

    @step
    def end(self):
        self.summary = (self.side, self.only_left, self.changed, self.leaves, self.price * 2)


if __name__ == "__main__":
    BranchesFlow()
