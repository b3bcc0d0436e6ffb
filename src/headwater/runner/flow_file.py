"""The file of a flow as Python's faces take it: where it is, and what holds for every command that is given to it."""

import os
from collections.abc import Mapping
from typing import Any

from headwater.errors import FlowLoadError
from headwater.runner.arguments import command_line


class FlowFile:
    """What `Runner` and `Deployer` have in common."""

    def __init__(
        self,
        flow_file: str | os.PathLike[str],
        show_output: bool = True,
        profile: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        file_read_timeout: float = 3600,
        **top_level_kwargs: Any,
    ) -> None:
        self.cwd = os.path.abspath(cwd or os.getcwd())
        self.flow_file = os.path.join(self.cwd, flow_file)
        if not os.path.isfile(self.flow_file):
            raise FlowLoadError(f"There is no file {self.flow_file}. Check the path.")
        command_line(top_level_kwargs, {})  # raises for what is no option
        self.top_level_kwargs = top_level_kwargs
        self.show_output = show_output
        self.env = {**os.environ, **(env or {})}
        if profile is not None:
            self.env["HEADWATER_PROFILE"] = profile
        self.file_read_timeout = file_read_timeout
