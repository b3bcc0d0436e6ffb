# mypy: ignore-errors
from headwater import FlowSpec, step


class Broken(FlowSpec):
    @step
    def start(self):
        self.next(self.missing)

    @step
    def end(self):
        self.next(self.start)


if __name__ == "__main__":
    Broken()
