"""What may fail: a step that is tried again, and one whose failure the flow survives."""

from headwater import FlowSpec, catch, current, retry, step, timeout


class RetryAndCatchFlow(FlowSpec):
    """Reads from a service that answers at the second call, and from one that never does."""

    @step
    def start(self):
        self.next(self.shaky, self.broken)

    @timeout(seconds=30)
    @retry(times=2, minutes_between_retries=0)
    @step
    def shaky(self):
        if current.retry_count == 0:
            raise ConnectionError("the service was busy")
        self.answer = 42
        self.next(self.join)

    @catch(var="failure", print_exception=False)
    @step
    def broken(self):
        self.answer = 1 / 0
        self.next(self.join)

    @step
    def join(self, inputs):
        self.answer = inputs.shaky.answer
        self.failure = inputs.broken.failure.exception
        self.next(self.end)

    @step
    def end(self):
        print(f"the answer is {self.answer}; one service failed: {self.failure}")


if __name__ == "__main__":
    RetryAndCatchFlow()
