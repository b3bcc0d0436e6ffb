"""Where the steps of a graph stand in a picture: layers from left to right, as values. Pure.

    nodes ─► layers (longest way from the start) ─► order within a layer (barycentre) ─► places (least squares)

An arrow over several layers passes through a place of its own in each of them, so that it crosses no step. Lengths are
CSS pixels.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from headwater.records.graph import Node, NodeKind

_HEIGHT = 42.0
_NARROWEST = 92.0
_LETTER = 7.4  # the width of an average letter of the step's name
_SMALL_LETTER = 6.2  # of a label or a note
_GAP = 44.0  # between layers
_ROW_GAP = 18.0
_LANE = 14.0  # the room of an arrow that passes by
_MARGIN = 10.0
_LOOP = 30.0  # how far an arrow that goes back rises above the boxes
_SWEEPS = 8  # over the orders, and thrice as many over the places


class Box(NamedTuple):
    """One step."""

    step: str
    x: float  # of the left edge
    y: float  # of the upper edge
    width: float
    height: float


class Arrow(NamedTuple):
    """One step hands on to another."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]  # from the edge of one box to that of the other
    label: str = ""
    back: bool = False  # it leads to where the token has been: drawn above the boxes


class Picture(NamedTuple):
    """A graph that is laid out."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


class _Way(NamedTuple):
    """An edge and the places that it passes, one a layer."""

    source: str
    target: str
    label: str
    stops: tuple[str, ...]  # source, the places between, target


def lay_out(nodes: Sequence[Node], notes: Mapping[str, str] | None = None) -> Picture:
    """A place for every step, in the order of the source where nothing else decides.

    `notes`: a short second line of a step, for which its box is made wide enough.
    """
    known = {node.name: node for node in nodes}
    widths = {name: _width(name, (notes or {}).get(name, "")) for name in known}
    edges = [(node.name, target) for node in nodes for target in dict.fromkeys(node.targets) if target in known]
    back = _back_edges(known)
    forward = [edge for edge in edges if edge not in back]
    layer = _layers(known, forward)
    ways = [_way(known[source], target, layer[source], layer[target]) for source, target in forward]
    columns = _columns(layer, ways)
    neighbours = _neighbours(ways)
    _order(columns, neighbours)
    heights = {stop: _HEIGHT if stop in known else _LANE for column in columns for stop in column}
    middles = _middles(columns, neighbours, heights)
    lefts, right = _lefts(columns, widths, ways)
    top = _MARGIN + (_LOOP if back else 0.0)
    shift = top - min((middles[stop] - heights[stop] / 2 for stop in middles), default=0.0)
    up = shift - _HEIGHT / 2
    boxes = {name: Box(name, lefts[layer[name]], middles[name] + up, widths[name], _HEIGHT) for name in known}
    lines = {stop: y + shift for stop, y in middles.items()}
    ends = [max((widths[stop] for stop in column if stop in widths), default=_NARROWEST) for column in columns]
    spans = [(left, left + width) for left, width in zip(lefts, ends, strict=True)]
    arrows = [_arrow(way, boxes, lines, spans[layer[way.source] + 1 :]) for way in ways]
    for source, target in sorted(back):
        arrows.append(_arrow_back(boxes[source], boxes[target], _label(known[source], target)))
    bottom = max((lines[stop] + heights[stop] / 2 for stop in lines), default=0.0)
    return Picture(right + _MARGIN, bottom + _MARGIN, tuple(boxes.values()), tuple(arrows))


def _width(name: str, note: str) -> float:
    return round(max(_NARROWEST, len(name) * _LETTER + 24, len(note) * _SMALL_LETTER + 24))


def _label(node: Node, target: str) -> str:
    """What decides that a token goes this way; empty where nothing does."""
    if node.kind is NodeKind.FOREACH:
        return f"each of {node.foreach}" if node.foreach else "each"
    if node.kind is NodeKind.GANG:
        return "on several nodes"
    return " or ".join(str(case.value) for case in node.cases if case.step == target)


def _back_edges(nodes: Mapping[str, Node]) -> set[tuple[str, str]]:
    """Edges that lead to where the walk from the first step is already."""
    back: set[tuple[str, str]] = set()
    done: set[str] = set()
    for first in nodes:
        walk = [] if first in done else [(first, iter(nodes[first].targets))]
        open_steps = {first}
        while walk:
            step, rest = walk[-1]
            target = next((one for one in rest if one in nodes), None)
            if target is None:
                walk.pop()
                open_steps.discard(step)
                done.add(step)
            elif target in open_steps:
                back.add((step, target))
            elif target not in done:
                walk.append((target, iter(nodes[target].targets)))
                open_steps.add(target)
    return back


def _layers(nodes: Iterable[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """For each step the length of the longest way to it; there are no circles any more."""
    layer = dict.fromkeys(nodes, 0)
    arriving = Counter(target for _, target in edges)
    waiting = {name: arriving[name] for name in layer}
    ready = [name for name, count in waiting.items() if not count]
    targets: dict[str, list[str]] = {name: [] for name in layer}
    for source, target in edges:
        targets[source].append(target)
    while ready:
        step = ready.pop()
        for target in targets[step]:
            layer[target] = max(layer[target], layer[step] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return layer


def _way(node: Node, target: str, first: int, last: int) -> _Way:
    # No step can be called so: a name has no space.
    between = (f"{node.name} {target} {layer}" for layer in range(first + 1, last))
    return _Way(node.name, target, _label(node, target), (node.name, *between, target))


def _columns(layer: Mapping[str, int], ways: Iterable[_Way]) -> list[list[str]]:
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name, number in layer.items():
        columns[number].append(name)
    for way in ways:
        for number, stop in enumerate(way.stops[1:-1], layer[way.source] + 1):
            columns[number].append(stop)
    return columns


def _neighbours(ways: Iterable[_Way]) -> dict[str, tuple[list[str], list[str]]]:
    """What stands to the left and to the right of each place along an arrow."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for way in ways:
        for left, right in zip(way.stops, way.stops[1:], strict=False):
            found.setdefault(left, ([], []))[1].append(right)
            found.setdefault(right, ([], []))[0].append(left)
    return found


def _order(columns: list[list[str]], neighbours: Mapping[str, tuple[list[str], list[str]]]) -> None:
    """Sort each layer by the middle of what its places are tied to, from left to right and back."""
    for sweep in range(_SWEEPS):
        side = sweep % 2
        around = range(1, len(columns)) if side == 0 else range(len(columns) - 2, -1, -1)
        for number in around:
            beside = columns[number - 1 if side == 0 else number + 1]
            rank = {stop: place for place, stop in enumerate(beside)}
            column = columns[number]
            own = {stop: place for place, stop in enumerate(column)}

            def middle(
                stop: str, side: int = side, rank: Mapping[str, int] = rank, own: Mapping[str, int] = own
            ) -> tuple[float, int]:
                ties = [rank[one] for one in neighbours.get(stop, ([], []))[side]]
                return (sum(ties) / len(ties) if ties else own[stop], own[stop])

            column.sort(key=middle)


def _middles(
    columns: Sequence[Sequence[str]],
    neighbours: Mapping[str, tuple[list[str], list[str]]],
    heights: Mapping[str, float],
) -> dict[str, float]:
    """The height at which each place has its middle: as near to its neighbours as the others of its layer allow."""
    middles: dict[str, float] = {}
    for column in columns:
        middles.update(_spread(column, dict.fromkeys(column, 0.0), heights))
    for sweep in range(3 * _SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wanted = {}
            for stop in column:
                left, right = neighbours.get(stop, ([], []))
                ties = [middles[one] for one in (*left, *right)]
                wanted[stop] = sum(ties) / len(ties) if ties else middles[stop]
            middles.update(_spread(column, wanted, heights))
    return middles


def _spread(column: Sequence[str], wanted: Mapping[str, float], heights: Mapping[str, float]) -> dict[str, float]:
    """Places in their order, apart from each other, and with the least sum of squares from where they want to be.

    Neighbours that want to overlap become a block that stands at the mean of its wishes.
    """
    offsets: list[float] = []
    for number, stop in enumerate(column):
        gap = 0.0 if not number else (heights[column[number - 1]] + heights[stop]) / 2 + _ROW_GAP
        offsets.append(offsets[-1] + gap if offsets else 0.0)
    blocks: list[tuple[float, int]] = []  # sum of wishes, less the offsets; how many
    for stop, offset in zip(column, offsets, strict=True):
        blocks.append((wanted[stop] - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            (total, count), (more, others) = blocks.pop(-2), blocks.pop()
            blocks.append((total + more, count + others))
    means = [total / count for total, count in blocks for _ in range(count)]
    return {stop: mean + offset for stop, mean, offset in zip(column, means, offsets, strict=True)}


def _lefts(
    columns: Sequence[Sequence[str]], widths: Mapping[str, float], ways: Iterable[_Way]
) -> tuple[list[float], float]:
    """The left edge of each layer, with room for labels between them; and where the last one ends."""
    number = {stop: place for place, column in enumerate(columns) for stop in column}
    gaps = [_GAP] * len(columns)
    for way in ways:
        place = number[way.source]
        gaps[place] = max(gaps[place], len(way.label) * _SMALL_LETTER + 26 if way.label else _GAP)
    lefts, x = [], _MARGIN
    for place, column in enumerate(columns):
        lefts.append(x)
        x += max((widths[stop] for stop in column if stop in widths), default=_NARROWEST) + gaps[place]
    return lefts, (x - gaps[-1] if columns else _MARGIN)


def _arrow(
    way: _Way, boxes: Mapping[str, Box], lines: Mapping[str, float], spans: Sequence[tuple[float, float]]
) -> Arrow:
    """`spans`: the left and right edges of the layers behind the source's."""
    source, target = boxes[way.source], boxes[way.target]
    points = [(source.x + source.width, source.y + source.height / 2)]
    for stop, (left, right) in zip(way.stops[1:-1], spans, strict=False):
        points += [(left, lines[stop]), (right, lines[stop])]
    points.append((target.x, target.y + target.height / 2))
    return Arrow(way.source, way.target, tuple(points), way.label)


def _arrow_back(source: Box, target: Box, label: str) -> Arrow:
    top = min(source.y, target.y) - _LOOP + 14
    start, end = source.x + source.width * 0.75, target.x + target.width * 0.25
    return Arrow(source.step, target.step, ((start, source.y), (start, top), (end, top), (end, target.y)), label, True)
