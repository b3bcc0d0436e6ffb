"""Attempts that fail, a failure that is caught, output on both streams."""

import sys

from metaflow import FlowSpec, catch, current, environment, resources, retry, step, timeout


class TroubleFlow(FlowSpec):
    @environment(vars={"GREETING": "hello"})
    @step
    def start(self):
        import os

        print(os.environ["GREETING"], "to stdout")
        print("to stderr", file=sys.stderr)
        self.items = [2, 1, 0]
        self.next(self.divide, foreach="items")

    @retry(times=2, minutes_between_retries=0)
    @step
    def divide(self):
        print(f"attempt {current.retry_count}")
        if current.retry_count < 1:
            raise ValueError("the first attempt fails")
        self.attempt = current.retry_count
        self.half = 10 * self.input
        self.next(self.join)

    @step
    def join(self, inputs):
        self.halves = [one.half for one in inputs]
        self.attempts = [one.attempt for one in inputs]
        self.next(self.careful)

    @resources(cpu=1, memory=200)
    @timeout(minutes=2)
    @catch(var="failure", print_exception=False)
    @step
    def careful(self):
        self.reached = True
        raise ZeroDivisionError("no way")
        self.next(self.end)

    @step
    def end(self):
        self.kind = self.failure.type.rpartition(".")[2]
        self.said = self.failure.exception


if __name__ == "__main__":
    TroubleFlow()
