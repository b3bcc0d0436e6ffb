"""Puts .bench/results.json into docs/explanation/performance.md: `python -m benchmarks.table`."""

import json

from benchmarks.harness import BENCH, ROOT, Figure

PAGE = ROOT / "docs" / "explanation" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def format_value(figure: Figure) -> str:
    return f"{figure.value:.3g} {figure.unit}"


def format_budget(figure: Figure) -> str:
    return f"{'at least' if figure.at_least else 'at most'} {figure.budget:g}"


def format_row(figure: Figure) -> str:
    """One figure as a line of a terminal."""
    mark = "ok" if figure.met else "MISSED"
    return (
        f"{figure.what}: {figure.measured} beside {figure.beside} "
        f"= {format_value(figure)} ({format_budget(figure)}) {mark}"
    )


def table(results: dict[str, dict[str, object]]) -> str:
    """All figures as Markdown, grouped as they were measured."""
    lines = ["| what | Headwater | measured against | | budget |", "| --- | --- | --- | --- | --- |"]
    for result in results.values():
        figures = result["figures"]
        assert isinstance(figures, list)
        for figure in (Figure(**fields) for fields in figures):
            value = format_value(figure) if figure.met else f"**{format_value(figure)}** (missed)"
            lines.append(f"| {figure.what} | {figure.measured} | {figure.beside} | {value} | {format_budget(figure)} |")
    machines = sorted({str(result["machine"]) for result in results.values()})
    return "\n".join([*lines, "", f"Measured on: {'; '.join(machines)}."])


def main() -> None:
    results = json.loads((BENCH / "results.json").read_text())
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
