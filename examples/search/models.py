"""The model and its data, in a module of their own: what is about the model stays apart from what is about the flow."""

from itertools import product

import numpy as np


def make_points(count, seed=0):
    """Noisy points of a curve, as x and y of shape (count,)."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, count)
    return x, np.sin(4 * x) + random.normal(scale=0.2, size=count)


def settings_of(grid):
    """Every combination of the values of a grid."""
    names = sorted(grid)
    return [dict(zip(names, values, strict=True)) for values in product(*(grid[name] for name in names))]


def fit(x, y, degree, penalty):
    """Coefficients of shape (degree + 1,) with a small penalty on their squares."""
    powers = np.vander(x, degree + 1)
    return np.linalg.solve(powers.T @ powers + penalty * np.eye(degree + 1), powers.T @ y)


def error(x, y, coefficients):
    """The mean of the squares of what is missed."""
    return float(np.mean((np.polyval(coefficients, x) - y) ** 2))
