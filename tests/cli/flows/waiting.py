# mypy: ignore-errors
import time

from headwater import FlowSpec, step


class Waiting(FlowSpec):
    @step
    def start(self):
        print("ready", flush=True)
        time.sleep(600)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    Waiting()
