# mypy: ignore-errors
import os

from headwater import FlowSpec, Parameter, retry, step


def divide(*numbers, **names):
    return numbers[0] / numbers[1]


class Failing(FlowSpec):
    depth = Parameter("depth", default=2)

    @step
    def start(self):
        self.next(self.work)

    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        if not os.path.exists("repaired"):
            self.result = divide(*[1, 0], note="*")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    Failing()
