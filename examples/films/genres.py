"""Statistics with a card: a task for each genre, and one page that shows them all.

python examples/films/genres.py run
python examples/films/genres.py card view compare
"""

from pathlib import Path

from catalogue import quartiles, read_films

from headwater import FlowSpec, IncludeFile, card, current, step
from headwater.cards import Markdown, Table, ValueBox, VegaChart


class GenresFlow(FlowSpec):
    """What films of each genre earn."""

    catalogue = IncludeFile(
        "catalogue", default=str(Path(__file__).with_name("films.csv")), parser=read_films, help="films as CSV"
    )

    @step
    def start(self):
        """Splits by genre."""
        self.genres = sorted({film.genre for film in self.catalogue})
        self.next(self.measure, foreach="genres")

    @card
    @step
    def measure(self):
        """The quartiles of one genre."""
        self.genre = self.input
        earned = [film.gross for film in self.catalogue if film.genre == self.genre]
        self.count = len(earned)
        self.quartiles = quartiles(earned)
        current.card.append(ValueBox("Median", self.quartiles[1], "millions"))
        self.next(self.compare)

    @card(type="blank", options={"title": "What films earn"})
    @step
    def compare(self, inputs):
        """One table and one picture of all genres."""
        ranked = sorted(inputs, key=lambda one: one.quartiles[1], reverse=True)
        self.medians = {one.genre: one.quartiles[1] for one in ranked}
        current.card.append(Markdown(f"# {ranked[0].genre} earns most"))
        current.card.append(
            Table(
                [[one.genre, one.count, *one.quartiles] for one in ranked], ["genre", "films", "25 %", "median", "75 %"]
            )
        )
        current.card.append(VegaChart(bars(ranked)))
        self.next(self.end)

    @step
    def end(self):
        """Prints the medians."""
        for genre, median in self.medians.items():
            print(f"{genre:<16} {median:>6.1f}")


def bars(ranked):
    return {
        "data": {"values": [{"genre": one.genre, "low": one.quartiles[0], "high": one.quartiles[2]} for one in ranked]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "genre", "sort": None, "title": None},
            "x": {"field": "low", "type": "quantitative", "title": "the middle half of all films, millions"},
            "x2": {"field": "high"},
        },
    }


if __name__ == "__main__":
    GenresFlow()
