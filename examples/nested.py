"""A foreach inside a foreach: every task knows its place, every join closes one level."""

from headwater import FlowSpec, step


class NestedFlow(FlowSpec):
    """Fills a multiplication table."""

    @step
    def start(self):
        self.rows = [1, 2, 3]
        self.next(self.row, foreach="rows")

    @step
    def row(self):
        self.left = self.input
        self.columns = [10, 20]
        self.next(self.cell, foreach="columns")

    @step
    def cell(self):
        self.product = self.left * self.input
        self.place = [index for index, _, _ in self.foreach_stack()]
        self.next(self.join_row)

    @step
    def join_row(self, inputs):
        self.products = [cell.product for cell in inputs]
        self.next(self.join_table)

    @step
    def join_table(self, inputs):
        self.table = [row.products for row in inputs]
        self.next(self.end)

    @step
    def end(self):
        for row in self.table:
            print(*(f"{product:>4}" for product in row))


if __name__ == "__main__":
    NestedFlow()
