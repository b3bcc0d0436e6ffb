# mypy: ignore-errors
import sys

from headwater import FlowSpec, Parameter, step


class Greeting(FlowSpec):
    """Greets everybody."""

    names = Parameter("names", default="ann,bob", separator=",", help="Who is *greeted* [by name].")
    loud = Parameter("loud", default=False, type=bool)
    json = Parameter("json", default=0)

    @step
    def start(self):
        print("[bold]*begin*[/bold]")
        self.next(self.greet, foreach="names")

    @step
    def greet(self):
        self.text = f"hello {self.input}" + ("!" * self.loud)
        print(self.text)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.texts = [one.text for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        print("no newline", end="")
        print("done", file=sys.stderr)


if __name__ == "__main__":
    Greeting()
