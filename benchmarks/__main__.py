"""`python -m benchmarks [NAME...]`: measures, prints, keeps .bench/results.json; non-zero when a budget is missed."""

import compileall
import json
import os
import platform
import sys
from importlib import import_module

from benchmarks.harness import BENCH, ROOT, Figure
from benchmarks.table import format_row

NAMES = ["imports", "hello", "foreach", "arrays", "shared", "cards", "reading", "resume", "wide", "bigroot"]


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - set(NAMES)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    compileall.compile_dir(ROOT / "src", quiet=2)
    results = BENCH / "results.json"
    kept = json.loads(results.read_text()) if results.exists() else {}
    missed = []
    for name in chosen or NAMES:
        print(f"{name}: {import_module(f'benchmarks.{name}').__doc__}", flush=True)
        figures = []
        for figure in import_module(f"benchmarks.{name}").measure():
            print(f"  {format_row(figure)}", flush=True)
            figures.append(figure)
        missed += [figure for figure in figures if not figure.met]
        kept[name] = {"machine": machine(), "figures": [figure._asdict() for figure in figures]}
        results.parent.mkdir(exist_ok=True)
        ordered = {known: kept[known] for known in NAMES if known in kept}
        results.write_text(json.dumps(ordered, indent=1) + "\n")
    return report(missed)


def report(missed: list[Figure]) -> int:
    for figure in missed:
        print(f"missed: {format_row(figure)}", file=sys.stderr)
    return 1 if missed else 0


def machine() -> str:
    """What it was measured on, in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} CPUs, {memory:.0f} GB, Python {platform.python_version()}, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
