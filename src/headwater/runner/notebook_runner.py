"""`NBRunner`: as `Runner`, for a flow class that this process has: of a notebook's cell, of a module, of a prompt."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwater.errors import FlowLoadError
from headwater.flow.derived import origin_of
from headwater.flow.load import is_importable
from headwater.flow.source import find_class
from headwater.flow.spec import FlowSpec
from headwater.runner.elsewhere import child_environment
from headwater.runner.executing import ExecutingRun
from headwater.runner.interactive import is_of_a_cell, write_flow
from headwater.runner.runner import Awaited, Blocking, Runner
from headwater.settings import resolve_settings

if TYPE_CHECKING:
    from headwater.client.objects import Run


class NBRunner:
    """Runs a flow class as its file's command line would: `NBRunner(TrainFlow).nbrun(alpha=0.1)`.

    A class that stands in cells is written to a file first, with what it needs of the other cells. `base_dir`: where
    the run is started, else the working directory; helper modules beside it can be imported, and are kept with the run.
    The other arguments are those of `Runner`.
    """

    def __init__(
        self,
        flow: type[FlowSpec],
        show_output: bool = True,
        profile: str | None = None,
        env: Mapping[str, str] | None = None,
        base_dir: str | os.PathLike[str] | None = None,
        file_read_timeout: float = 3600,
        **top_level_kwargs: Any,
    ) -> None:
        folder = os.path.abspath(base_dir or os.getcwd())
        environ = {**child_environment(os.environ, [folder, *sys.path]), **(env or {})}
        if is_of_a_cell(flow):
            top_level_kwargs.setdefault("code_folder", folder)
        self.runner = _ClassRunner(
            file_of(flow),
            flow.__name__,
            show_output=show_output,
            profile=profile,
            env=environ,
            cwd=folder,
            file_read_timeout=file_read_timeout,
            **top_level_kwargs,
        )

    def nbrun(self, **given: Any) -> "Run":
        """Run to the end, tidy up, and return the run, however it ended."""
        return self._finished(self.runner.run, given)

    def nbresume(self, **given: Any) -> "Run":
        """Resume to the end, tidy up, and return the run."""
        return self._finished(self.runner.resume, given)

    @property
    def run(self) -> Blocking[ExecutingRun]:
        """As `Runner.run`."""
        return self.runner.run

    @property
    def async_run(self) -> Awaited[ExecutingRun]:
        """As `Runner.async_run`."""
        return self.runner.async_run

    @property
    def resume(self) -> Blocking[ExecutingRun]:
        """As `Runner.resume`."""
        return self.runner.resume

    @property
    def async_resume(self) -> Awaited[ExecutingRun]:
        """As `Runner.async_resume`."""
        return self.runner.async_resume

    def cleanup(self) -> None:
        """End what still runs, and remove the files of output."""
        self.runner.cleanup()

    def _finished(self, command: Blocking[ExecutingRun], given: Mapping[str, Any]) -> "Run":
        try:
            return command(**given).run
        finally:
            self.cleanup()


class _ClassRunner(Runner):
    """Runs one class of a file, whatever the file does when it is run as a script."""

    def __init__(self, file: Path, class_name: str, **options: Any) -> None:
        super().__init__(file, **options)
        self._class_name = class_name

    @property
    def program(self) -> list[str]:
        return [sys.executable, "-m", "headwater.runner.class_line", f"{self.flow_file}:{self._class_name}"]


def file_of(flow: type[FlowSpec]) -> Path:
    """The file that has the class; one is written for a class that stands in cells."""
    if is_of_a_cell(flow):
        return write_flow(flow, resolve_settings(os.environ, Path.cwd()).datastore_root)
    file = getattr(sys.modules.get(origin_of(flow).__module__), "__file__", None) or find_class(flow)[0]
    if not is_importable(flow) or not os.path.isfile(file):
        raise FlowLoadError(
            f"{flow.__qualname__} cannot be found by another process. "
            "Define it at the top level of a file or of a cell."
        )
    return Path(os.path.abspath(file))
