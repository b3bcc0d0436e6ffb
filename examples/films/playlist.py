"""A playlist for tonight: a file that goes along with the run, parameters, and two branches.

python examples/films/playlist.py run --genre "Science fiction" --films 3
"""

import random
from pathlib import Path

from catalogue import read_films

from headwater import FlowSpec, IncludeFile, Parameter, step


class PlaylistFlow(FlowSpec):
    """Recommends the films of a genre that earned most, and one of another genre."""

    catalogue = IncludeFile(
        "catalogue",
        default=str(Path(__file__).with_name("films.csv")),
        parser=read_films,
        help="films as CSV: title, year, genre, gross_millions",
    )
    genre = Parameter("genre", default="Comedy", help="what tonight is to be")
    films = Parameter("films", default=5, help="how many films are recommended")
    seed = Parameter("seed", default=1, help="what the surprise is drawn with")

    @step
    def start(self):
        """Looks whether the genre is known."""
        self.genres = sorted({film.genre for film in self.catalogue})
        if self.genre not in self.genres:
            raise ValueError(f"There is no genre {self.genre!r}. There are: {', '.join(self.genres)}.")
        self.next(self.best_of_genre, self.surprise)

    @step
    def best_of_genre(self):
        """The films of the genre, those that earned most first."""
        own = [film for film in self.catalogue if film.genre == self.genre]
        self.best = sorted(own, key=lambda film: film.gross, reverse=True)[: self.films]
        self.next(self.join)

    @step
    def surprise(self):
        """A film of any other genre."""
        others = [film for film in self.catalogue if film.genre != self.genre]
        self.bonus = random.Random(self.seed).choice(others)
        self.next(self.join)

    @step
    def join(self, inputs):
        """Puts both together."""
        self.playlist = [film.title for film in inputs.best_of_genre.best]
        self.bonus = inputs.surprise.bonus
        self.next(self.end)

    @step
    def end(self):
        """Prints the playlist."""
        print(f"{self.genre}:")
        for place, title in enumerate(self.playlist, start=1):
            print(f"{place}. {title}")
        print(f"And for a change: {self.bonus.title} ({self.bonus.genre}, {self.bonus.year})")


if __name__ == "__main__":
    PlaylistFlow()
