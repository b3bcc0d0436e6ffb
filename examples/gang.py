"""A gang: tasks that start, fail and are retried together, as distributed training wants it.

python examples/gang.py run --nodes 3
"""

from headwater import FlowSpec, Parameter, current, parallel, step


class GangFlow(FlowSpec):
    """Estimates pi with darts, each node throwing its share."""

    nodes = Parameter("nodes", default=2, help="how many tasks throw")
    darts = Parameter("darts", default=200_000, help="how many darts in all")

    @step
    def start(self):
        self.next(self.throw, num_parallel=self.nodes)

    @parallel
    @step
    def throw(self):
        # Each task knows which one it is, how many there are, and where the first of them is to be reached.
        self.node = current.parallel.node_index
        self.share = self.darts // current.parallel.num_nodes
        self.hits = sum(self._hits(dart) for dart in range(self.node, self.darts, current.parallel.num_nodes))
        self.next(self.join)

    @step
    def join(self, inputs):
        self.per_node = [node.hits for node in inputs]
        self.next(self.end)

    @step
    def end(self):
        print(f"{self.nodes} nodes hit {self.per_node}: pi is about {4 * sum(self.per_node) / self.darts:.2f}")

    @staticmethod
    def _hits(dart: int) -> bool:
        """Whether a dart hits the quarter circle. Darts fall on a lattice, so that every run throws the same."""
        x, y = (dart * 0.7548776662466927) % 1, (dart * 0.5698402909980532) % 1
        return x * x + y * y < 1


if __name__ == "__main__":
    GangFlow()
