"""What the flow beside it uses."""

from typing import NamedTuple

from metaflow import user_step_decorator


class Point(NamedTuple):
    x: int
    y: int


def total(points):
    return sum(point.x + point.y for point in points)


@user_step_decorator
def announce(step_name, flow, inputs=None, attributes=None):
    flow.announced = step_name
    yield
    flow.done = f"{step_name} is done"
