"""A search over settings, each tried on several folds: a config file, a foreach in a foreach, a module of one's own.

python examples/search/search.py run
python examples/search/search.py --config space other.toml run
python examples/search/search.py card view choose
"""

import tomllib
from pathlib import Path

import models
import numpy as np

from headwater import Config, FlowSpec, card, current, retry, step
from headwater.cards import Markdown, Table


class SearchFlow(FlowSpec):
    """Looks for the settings with the smallest error on points that were not learned from."""

    space = Config("space", default=str(Path(__file__).with_name("space.toml")), parser=tomllib.loads)

    @step
    def start(self):
        """Makes the points and the list of settings."""
        self.x, self.y = models.make_points(self.space.points)
        self.settings = models.settings_of(self.space.grid)
        self.next(self.setting, foreach="settings")

    @step
    def setting(self):
        """One combination."""
        self.chosen = self.input
        self.folds = list(range(self.space.folds))
        self.next(self.fold, foreach="folds")

    @retry(times=space.retries, minutes_between_retries=0)
    @step
    def fold(self):
        """Learns from all points but one fold, and looks at that."""
        unseen = np.arange(len(self.x)) % self.space.folds == self.input
        curve = models.fit(self.x[~unseen], self.y[~unseen], **self.chosen)
        self.error = models.error(self.x[unseen], self.y[unseen], curve)
        self.next(self.join_folds)

    @step
    def join_folds(self, inputs):
        """The mean over the folds."""
        self.merge_artifacts(inputs, include=["chosen"])
        self.error = float(np.mean([fold.error for fold in inputs]))
        self.next(self.choose)

    @card(type="blank", options={"title": "The search"})
    @step
    def choose(self, inputs):
        """Takes the best settings."""
        ranked = sorted(inputs, key=lambda one: one.error)
        self.best, self.error = ranked[0].chosen, ranked[0].error
        names = sorted(self.best)
        rows = [[*(one.chosen[name] for name in names), one.error] for one in ranked]
        current.card.append(Markdown(f"# {', '.join(f'{name} {self.best[name]}' for name in names)}"))
        current.card.append(Table(rows, headers=[*names, "error"]))
        self.next(self.end)

    @step
    def end(self):
        """Prints what was found."""
        print(f"best of {len(models.settings_of(self.space.grid))}: {self.best}, error {self.error:.4f}")


if __name__ == "__main__":
    SearchFlow()
