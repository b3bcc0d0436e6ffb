"""A foreach: one task per item, a join over all of them. The polynomial that fits best wins."""

import numpy as np

from headwater import FlowSpec, Parameter, step


class SweepFlow(FlowSpec):
    """Fits polynomials of several degrees to noisy points."""

    points = Parameter("points", default=200)

    @step
    def start(self):
        random = np.random.default_rng(0)
        self.x = np.linspace(-1, 1, self.points)
        self.y = np.sin(4 * self.x) + random.normal(scale=0.2, size=self.points)
        self.degrees = range(1, 9)
        self.next(self.fit, foreach="degrees")

    @step
    def fit(self):
        self.degree = self.input
        known, unseen = slice(0, None, 2), slice(1, None, 2)
        self.coefficients = np.polyfit(self.x[known], self.y[known], self.degree)
        self.error = float(np.mean((np.polyval(self.coefficients, self.x[unseen]) - self.y[unseen]) ** 2))
        self.next(self.choose)

    @step
    def choose(self, inputs):
        best = min(inputs, key=lambda fit: fit.error)
        self.degree, self.error, self.coefficients = best.degree, best.error, best.coefficients
        self.next(self.end)

    @step
    def end(self):
        print(f"degree {self.degree}, error {self.error:.4f}")


if __name__ == "__main__":
    SweepFlow()
