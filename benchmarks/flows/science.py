"""Three steps in a file that imports what a data scientist imports."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from headwater import FlowSpec, step


class ScienceFlow(FlowSpec):
    @step
    def start(self):
        self.frame = pd.DataFrame({"x": np.arange(100.0), "y": np.arange(100.0) * 2 + 1})
        self.next(self.fit)

    @step
    def fit(self):
        self.model = LinearRegression().fit(self.frame[["x"]], self.frame["y"])
        self.next(self.end)

    @step
    def end(self):
        print(self.model.coef_)


if __name__ == "__main__":
    ScienceFlow()
