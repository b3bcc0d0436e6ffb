"""Tasks that run together, each knowing its place."""

from metaflow import FlowSpec, current, parallel, step


class GangFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.work, num_parallel=3)

    @parallel
    @step
    def work(self):
        self.node = current.parallel.node_index
        self.count = current.parallel.num_nodes
        self.next(self.join)

    @step
    def join(self, inputs):
        self.nodes = sorted(one.node for one in inputs)
        self.counts = [one.count for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        self.all = sum(self.nodes)


if __name__ == "__main__":
    GangFlow()
