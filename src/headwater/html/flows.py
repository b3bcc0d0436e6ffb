"""A flow as its graph and newest runs, and a root as its flows."""

from headwater.client.headwater import Headwater
from headwater.client.objects import Flow, Run
from headwater.html.runs import look_at, run_cells, run_graph, run_table
from headwater.markup.elements import (
    Child,
    Markup,
    code,
    element,
    facts,
    fold,
    heading,
    join,
    lines_of_code,
    table,
)

_SHOWN = 10


def flow_page(flow: Flow) -> Markup:
    """What the flow is for, its newest run's graph, and its newest runs as the namespace shows them."""
    runs = list(flow.runs(limit=_SHOWN + 1))
    seen = look_at(runs[0]) if runs else None
    doc = seen.record.doc.partition("\n\n")[0] if seen else ""
    return join(
        [
            heading("Flow", flow.pathspec),
            element("div", doc) if doc else None,
            run_graph(seen) if seen else None,
            run_table(runs[:_SHOWN]),
            facts("There are more: iterate over .runs()") if len(runs) > _SHOWN else None,
            fold("Go on from here", lines_of_code(_way_on(flow, runs))),
        ]
    )


def root_page(root: Headwater) -> Markup:
    """Every flow with its newest run."""
    newest = [run for flow in root for run in flow.runs(limit=1)]
    rows: list[list[Child]] = [[code(run.parent.id), *run_cells(run)[:5]] for run in newest]
    header = ["flow", "newest run", "", "began", "took", "user"]
    return join(
        [
            heading("Root", root.root),
            table(header, rows) if rows else facts("There is no run here that the namespace shows."),
        ]
    )


def _way_on(flow: Flow, runs: list[Run]) -> list[str]:
    lines = [f"flow = Flow({flow.id!r})", "flow.latest_successful_run"]
    if runs:
        lines.append(f"flow[{runs[0].id!r}]")
    return [*lines, "flow.runs_frame()  # runs, parameters and results as a data frame"]
