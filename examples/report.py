"""Cards: every task keeps a report that can be opened, and shown while the task runs."""

import numpy as np
import pandas as pd

from headwater import FlowSpec, Parameter, card, current, step
from headwater.cards import Markdown, ProgressBar, Table, ValueBox, VegaChart


class ReportFlow(FlowSpec):
    """Fits curves of several degrees to noisy points, and reports how well."""

    points = Parameter("points", default=200, help="how many points there are")
    rounds = Parameter("rounds", default=20, help="how many times the points are split anew")

    @card
    @step
    def start(self):
        """Makes the points."""
        random = np.random.default_rng(0)
        x = np.linspace(-1, 1, self.points)
        self.table = pd.DataFrame({"x": x, "y": np.sin(4 * x) + random.normal(scale=0.2, size=self.points)})
        self.degrees = [1, 3, 5, 7]
        self.next(self.fit, foreach="degrees")

    @card
    @step
    def fit(self):
        """Fits one curve to half of the points, many times, and looks at the other half."""
        bar = ProgressBar(max=self.rounds, label="Splits")
        current.card.append(bar)
        errors = []
        for number in range(self.rounds):
            errors.append(self.error_of_split(seed=number))
            bar.update(number + 1)
            current.card.refresh()
        self.degree, self.error, self.spread = self.input, float(np.mean(errors)), float(np.std(errors))
        current.card.append(ValueBox("Degree", self.degree))
        current.card.append(ValueBox("Error", self.error, f"mean of {self.rounds} splits", theme="success"))
        current.card.append(ValueBox("Spread", self.spread, "standard deviation"))
        current.card.append(Markdown("### The errors of all splits"))
        current.card.append(VegaChart(histogram(errors)))
        print(f"degree {self.degree}: {self.error:.4f} ± {self.spread:.4f}")
        self.next(self.choose)

    @card(type="blank", options={"title": "The comparison"})
    @step
    def choose(self, inputs):
        """Takes the curve with the smallest error."""
        best = min(inputs, key=lambda fit: fit.error)
        self.degree, self.error = best.degree, best.error
        rows = [[fit.degree, fit.error, fit.spread, "✓" if fit is best else ""] for fit in inputs]
        current.card.append(Markdown(f"# Degree {self.degree} fits best"))
        current.card.append(Table(rows, headers=["degree", "error", "spread", ""]))
        self.next(self.end)

    @step
    def end(self):
        print(f"degree {self.degree}, error {self.error:.4f}")

    def error_of_split(self, seed):
        order = np.random.default_rng(seed).permutation(len(self.table))
        known, unseen = self.table.iloc[order[::2]], self.table.iloc[order[1::2]]
        curve = np.polyfit(known.x, known.y, self.input)
        return float(np.mean((np.polyval(curve, unseen.x) - unseen.y) ** 2))


def histogram(errors):
    return {
        "data": {"values": [{"error": error} for error in errors]},
        "mark": "bar",
        "height": 180,
        "encoding": {
            "x": {"field": "error", "bin": {"maxbins": 12}, "title": "mean squared error"},
            "y": {"aggregate": "count", "title": "splits"},
        },
    }


if __name__ == "__main__":
    ReportFlow()
