"""The smallest flow that does something: one value goes through three steps."""

from headwater import FlowSpec, Parameter, step


class HelloFlow(FlowSpec):
    """Greets somebody."""

    who = Parameter("who", default="world", help="whom to greet")

    @step
    def start(self):
        self.greeting = f"Hello, {self.who}!"
        self.next(self.shout)

    @step
    def shout(self):
        self.greeting = self.greeting.upper()
        self.next(self.end)

    @step
    def end(self):
        print(self.greeting)


if __name__ == "__main__":
    HelloFlow()
