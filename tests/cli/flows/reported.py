# mypy: ignore-errors
import os
import time

from headwater import FlowSpec, card, current, step
from headwater.cards import Card, Markdown, ProgressBar


class Short(Card):
    type = "short"
    ALLOW_USER_COMPONENTS = True

    def render(self, task):
        if self.options.get("break"):
            raise ValueError("asked to break")
        return f"<p>{task.pathspec} {self.options} {''.join(self.components)}</p>"


class Reported(FlowSpec):
    @card(type="short", id="brief")
    @card(refresh_interval=0)
    @step
    def start(self):
        self.loss = 0.25
        bar = ProgressBar(max=3, label="epochs")
        current.card.append(Markdown("*done*"))
        current.card["brief"].append(bar, id="bar")
        current.card.refresh()
        print("the last line", flush=True)
        while os.path.exists("wait"):
            time.sleep(0.05)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    Reported()
