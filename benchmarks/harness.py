"""What the benchmarks share: figures, clean processes, alternating medians, and Metaflow's own environment."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FLOWS = Path(__file__).parent / "flows"
BENCH = ROOT / ".bench"
METAFLOW = BENCH / "metaflow"
METAFLOW_VERSION = "2.19"
ROUNDS = 5


class Figure(NamedTuple):
    """One measured figure and what it may be."""

    what: str
    measured: str  # with its unit
    beside: str  # what it was measured against, with its unit
    value: float  # what the budget is about: mostly a ratio
    budget: float
    unit: str = "x"
    at_least: bool = False  # True: the value must not be below the budget; False: not above it

    @property
    def met(self) -> bool:
        return self.value >= self.budget if self.at_least else self.value <= self.budget


class Finished(NamedTuple):
    """How one command went."""

    wall_s: float
    peak_memory: int  # bytes: the peak of the command's own process, its children left out
    started_at: float  # seconds since 1970, UTC


def seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def clean_environment(folder: Path) -> dict[str, str]:
    """The environment of a user: bytecode is written and kept, output is buffered as usual; what is kept is below."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("PYTHON", "METAFLOW", "HEADWATER"))}
    return kept | {
        "HEADWATER_USER": "bench",
        "HEADWATER_DATASTORE_ROOT": str(folder / ".headwater"),
        "METAFLOW_USER": "bench",
        "METAFLOW_HOME": str(BENCH / "metaflow-home"),
        "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(folder),
    }


def run(command: list[str], folder: Path, fails: bool = False, extra: dict[str, str] | None = None) -> Finished:
    """Run a command to its end and measure it; its output goes to a file that is shown when it fails."""
    output = folder / "output.txt"
    started_at, start = time.time(), time.perf_counter()
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(folder) | (extra or {}),
            stdout=file,
            stderr=file,
            stdin=subprocess.DEVNULL,
        )
        watch = _MemoryWatch(process.pid)
        code = process.wait()
    wall = time.perf_counter() - start
    watch.stop()
    if (code != 0) is not fails:
        raise SystemExit(f"{' '.join(command)} ended with {code}:\n{output.read_text()[-3000:]}")
    return Finished(wall, watch.peak, started_at)


class _MemoryWatch:
    """Reads the peak memory that the kernel keeps for one process, until it is told to stop."""

    def __init__(self, pid: int) -> None:
        self.peak = 0
        self._status = Path(f"/proc/{pid}/status")
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            self.peak = max([self.peak, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))])

    def stop(self) -> None:
        self._done.set()
        self._thread.join()


def headwater(flow: str, folder: Path, *arguments: str, fails: bool = False, **extra: str) -> Finished:
    """Run a flow of `benchmarks/flows` with Headwater, whose root is made in the folder."""
    command = [sys.executable, str(FLOWS / f"{flow}.py"), *(arguments or ("run",))]
    return run(command, folder, fails, extra)


def metaflow(flow: str, folder: Path, *arguments: str, **extra: str) -> Finished:
    """Run the same flow with Metaflow: the same source, one import changed."""
    source = (FLOWS / f"{flow}.py").read_text("utf-8").replace("from headwater import", "from metaflow import")
    copy = BENCH / "metaflow-flows" / flow / f"{flow}.py"
    copy.parent.mkdir(parents=True, exist_ok=True)
    if not copy.exists() or copy.read_text("utf-8") != source:
        copy.write_text(source, "utf-8")
    return run([str(metaflow_python()), str(copy), *(arguments or ("run",))], folder, extra=extra)


def metaflow_python() -> Path:
    """The interpreter of Metaflow's environment, which is made when it is first needed."""
    python = METAFLOW / "bin" / "python"
    ready = METAFLOW / ".ready"
    if not ready.exists():
        uv = Path(sys.executable).with_name("uv")
        libraries = [
            f"metaflow=={METAFLOW_VERSION}.*",
            *_our_versions("numpy", "pandas", "scikit-learn"),
            "setuptools<81",
        ]
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, METAFLOW], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *libraries], check=True
        )
        ready.touch()
    return python


def _our_versions(*names: str) -> list[str]:
    return [f"{name}=={version(name)}" for name in names]


@contextmanager
def work_folder(name: str) -> Iterator[Path]:
    """An empty folder on the disk of the checkout, gone afterwards."""
    folder = BENCH / "work" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def alternate(*measures: Callable[[], float], rounds: int = ROUNDS) -> list[float]:
    """The median of each measure, taken in turns so that a slow minute hits all of them; the first round warms up."""
    taken = [[measure() for measure in measures] for _ in range(rounds + 1)][1:]
    return [median(column) for column in zip(*taken, strict=True)]


def beside_metaflow(what: str, ours: float, theirs: float, budget: float) -> Figure:
    return Figure(what, seconds(ours), f"Metaflow {seconds(theirs)}", theirs / ours, budget, "x faster", at_least=True)


def count_files(folder: Path) -> int:
    return sum(len(files) for _, _, files in os.walk(folder))
