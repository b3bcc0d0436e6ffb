"""A graph as SVG: steps as boxes, their states as colour, sign and words. It needs nothing from outside itself.

The colours are CSS variables with defaults for light and dark pages, so a page can set its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from headwater.graph.picture import Arrow, Box, Picture, lay_out
from headwater.records.graph import Node, NodeKind
from headwater.wording import markup


class StepState(NamedTuple):
    """How far a step is, as it is drawn."""

    status: str = ""  # a key of SIGNS; "": nothing is known of it
    note: str = ""  # a few words below the name
    several: bool = False  # more than one task: drawn as a pile


#: The sign of each state, so that it can be told without colours.
SIGNS = {
    "succeeded": "✓",
    "caught": "!",
    "failed": "✗",
    "interrupted": "✗",
    "lost": "?",
    "running": "●",
    "waiting": "○",
}

STYLE = """\
.hw-graph{--g-fg:var(--hw-fg,#1f2328);--g-dim:var(--hw-dim,#59636e);--g-line:var(--hw-line,#d1d9e0);\
--g-bg:var(--hw-bg,#fff);--g-good:var(--hw-good,#1a7f37);--g-bad:var(--hw-bad,#cf222e);\
--g-busy:var(--hw-busy,#0969da);--g-warn:var(--hw-warn,#9a6700);font-family:system-ui,sans-serif}
.hw-graph rect{fill:var(--g-bg);stroke:var(--s,var(--g-line));stroke-width:1.4}
.hw-graph .succeeded{--s:var(--g-good)}.hw-graph .caught{--s:var(--g-warn)}.hw-graph .running{--s:var(--g-busy)}
.hw-graph .failed,.hw-graph .interrupted,.hw-graph .lost{--s:var(--g-bad)}
.hw-graph .waiting rect:last-of-type,.hw-graph .skipped rect:last-of-type{stroke-dasharray:4 3}
.hw-graph text{fill:var(--g-fg);font-size:13px}
.hw-graph text.n{fill:var(--s,var(--g-dim));font-size:11px}.hw-graph text.l{fill:var(--g-dim);font-size:11px;\
paint-order:stroke;stroke:var(--g-bg);stroke-width:4px}
.hw-graph path{fill:none;stroke:var(--g-dim);stroke-width:1.2}.hw-graph path.h{fill:var(--g-dim);stroke:none}
.hw-graph .skip path{opacity:.35}
"""

_DARK = (
    "@media (prefers-color-scheme:dark){.hw-graph{--hw-fg:#f0f6fc;--hw-dim:#9198a1;--hw-line:#3d444d;--hw-bg:#0d1117;"
    "--hw-good:#3fb950;--hw-bad:#f85149;--hw-busy:#4493f8;--hw-warn:#d29922}}"
)


def as_svg(
    nodes: Sequence[Node],
    states: Mapping[str, StepState] | None = None,
    *,
    title: str = "Graph",
    standalone: bool = True,
) -> str:
    """The picture of a graph. `standalone`: a file of its own, with its style; else the page has `STYLE` already."""
    known = states or {}
    notes = {step: f"{SIGNS.get(state.status, '')} {state.note}".strip() for step, state in known.items()}
    picture = lay_out(nodes, notes)
    width, height = round(picture.width), round(picture.height)
    spelled = markup(title)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="hw-graph" role="img" aria-label="{spelled}" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{spelled}</title>",
    ]
    if standalone:
        parts.append(f"<style>{STYLE}{_DARK}</style>")
    parts += _arrows(picture, known)
    by_name = {node.name: node for node in nodes}
    parts += [_box(box, by_name[box.step], known.get(box.step), notes.get(box.step, "")) for box in picture.boxes]
    return "".join([*parts, "</svg>"])


def _box(box: Box, node: Node, state: StepState | None, note: str) -> str:
    status = state.status if state else ""
    x, y = box.x, box.y
    piles = (6, 3) if state is not None and state.several else ()
    rects = "".join(
        f'<rect x="{x + by:g}" y="{y - by:g}" width="{box.width:g}" height="{box.height:g}" rx="6"/>'
        for by in (*piles, 0)
    )
    middle = x + box.width / 2
    name_y = y + (box.height / 2 + 4.5 if not note else 18)
    lines = f'<text x="{middle:g}" y="{name_y:g}" text-anchor="middle">{markup(box.step)}</text>'
    if note:
        lines += f'<text class="n" x="{middle:g}" y="{y + 33:g}" text-anchor="middle">{markup(note)}</text>'
    return f'<g class="{markup(status)}"><title>{markup(_tip(node, note))}</title>{rects}{lines}</g>'


def _tip(node: Node, note: str) -> str:
    """What is said of a step when it is pointed at."""
    first = node.doc.partition("\n")[0]
    kind = "join" if node.join else "" if node.kind in (NodeKind.LINEAR, NodeKind.END) else node.kind.value
    return " · ".join(part for part in (node.name, kind, note, first) if part)


def _arrows(picture: Picture, states: Mapping[str, StepState]) -> Iterator[str]:
    for arrow in picture.arrows:
        # A way that a finished run did not take is drawn faintly.
        skipped = any(end in states and states[end].status == "skipped" for end in (arrow.source, arrow.target))
        yield f'<g class="skip">{_arrow(arrow)}</g>' if skipped else _arrow(arrow)


def _arrow(arrow: Arrow) -> str:
    (x, y), rest = arrow.points[0], arrow.points[1:]
    if arrow.back:
        (ax, ay), (bx, by), (ex, ey) = rest
        line = f"M{x:g},{y:g}C{ax:g},{ay - 8:g} {bx:g},{by - 8:g} {ex:g},{ey - 5:g}"
        head = f"M{ex:g},{ey:g}l-4,-7h8z"
        at = ((ax + bx) / 2, ay - 6, "middle")
    else:
        line = f"M{x:g},{y:g}" + "".join(_pieces((x, y), rest))
        ex, ey = rest[-1]
        head = f"M{ex:g},{ey:g}l-7,-4v8z"
        at = (rest[0][0] - 11, rest[0][1] - 6, "end")
    label = (
        f'<text class="l" x="{at[0]:g}" y="{at[1]:g}" text-anchor="{at[2]}">{markup(arrow.label)}</text>'
        if arrow.label
        else ""
    )
    return f'<path d="{line}"/><path class="h" d="{head}"/>{label}'


def _pieces(start: tuple[float, float], points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Curves from layer to layer, straight lines through one; the last ends where the head begins."""
    x, y = start
    for number, (nx, ny) in enumerate(points):
        end = nx - 6 if number == len(points) - 1 else nx
        if number % 2:
            yield f"H{end:g}"
        else:
            half = (end - x) / 2
            yield f"C{x + half:g},{y:g} {end - half:g},{ny:g} {end:g},{ny:g}"
        x, y = end, ny
