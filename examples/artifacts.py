"""Artifacts: what a step sets on `self` is kept and handed on; what it holds in a local variable is gone.

python examples/artifacts.py run
headwater show ArtifactsFlow          # every run; then one of them, a step, a value
"""

from collections import Counter

from headwater import FlowSpec, step

TEXT = """
it was the best of times it was the worst of times it was the age of wisdom
it was the age of foolishness it was the epoch of belief it was the epoch of incredulity
"""


class ArtifactsFlow(FlowSpec):
    """Counts the words of a text."""

    @step
    def start(self):
        words = TEXT.split()  # a local variable: nobody sees it after this step
        self.counts = Counter(words)  # an artifact: stored, and there in every step from here on
        self.next(self.choose)

    @step
    def choose(self):
        self.common = self.counts.most_common(3)
        self.counts = len(self.counts)  # a new value from here on; `start` keeps the one it stored
        self.next(self.end)

    @step
    def end(self):
        for word, times in self.common:
            print(f"{word:<5} {'#' * times} {times}")
        print(f"{self.counts} different words")


if __name__ == "__main__":
    ArtifactsFlow()
