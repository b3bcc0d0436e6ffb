"""`IncludeFile`: a parameter whose value is what stands in a file when the run starts.

    path ─► IncludedFile (which file, read how) ─► kept with the run, as it is ─► str or bytes ─► parser ─► self.data

The file is read once, by whoever starts the run; steps and the client load what was kept.
"""

import os
import stat
from typing import Any, NamedTuple

from headwater.errors import ParameterError
from headwater.flow.parameter_types import Kind
from headwater.flow.parameters import Parameter
from headwater.flow.parser import Parser, find_parser

_PARSED = "_hw_files"  # in the flow object: what the parameters of this kind gave in this task


class IncludedFile(NamedTuple):
    """A file that is to be kept with a run."""

    path: str
    encoding: str | None  # None: bytes


class FileKind(Kind):
    """Paths of files of this machine."""

    name = "file"
    remedy = "Give it the path of a file."
    reads_files = True

    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding

    def convert(self, value: Any) -> IncludedFile:
        path = os.path.expanduser(os.fspath(value))
        if not isinstance(path, str):
            raise TypeError
        scheme, sign, _ = path.partition("://")
        if sign and scheme.isalnum():
            raise ValueError("it is a URL: fetch it in a step, or make a copy of it here")
        try:
            mode = os.stat(path).st_mode
        except OSError as exc:
            raise ValueError(f"{os.path.abspath(path)}: {exc.strerror}" if path else "its path is empty") from None
        if stat.S_ISDIR(mode):
            raise ValueError("it is a folder")
        if not os.access(path, os.R_OK):
            raise ValueError("it may not be read")
        return IncludedFile(path, self._encoding)


class IncludeFile(Parameter):
    """A file as an input of a flow: `movies = IncludeFile("movies", default="movies.csv")`.

    A run is given a path; inside a step `self.movies` is the text that stood in the file when the run started, line
    ends as "\\n", or with `is_text=False` its bytes. `parser`, a function or its dotted name, makes something else of
    it, once a task. A relative path, of the default too, is relative to the working directory.
    """

    def __init__(
        self,
        name: str,
        required: bool | None = None,
        is_text: bool | None = None,
        encoding: str | None = None,
        help: str | None = None,
        parser: Parser | str | None = None,
        *,
        default: Any = None,
        show_default: bool | None = None,
        **options: Any,
    ) -> None:
        if is_text is False and encoding is not None:
            raise ParameterError(f"IncludeFile {name!r} is no text and has an encoding. Remove one of the two.")
        super().__init__(
            name, default=default, type=str, help=help, required=required, show_default=show_default, **options
        )
        self.encoding = None if is_text is False else _known(name, encoding or "utf-8")
        self.kind = FileKind(self.encoding)
        self.parser = parser

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        found: dict[str, Any] = instance.__dict__.setdefault(_PARSED, {})
        if self.python_name not in found:
            found[self.python_name] = self._parsed(instance._hw_state.load(self.python_name))
        return found[self.python_name]

    def show(self, value: Any) -> str:
        return os.fspath(value) if isinstance(value, os.PathLike) else str(value)

    def find_parser(self) -> Parser | None:
        """ParameterError for one that is nowhere."""
        return None if self.parser is None else find_parser(self.parser, f"IncludeFile {self.name!r}")

    def _parsed(self, content: Any) -> Any:
        parser = self.find_parser()
        if parser is None or content is None:
            return content
        try:
            return parser(content)
        except Exception as exc:
            raise ParameterError(
                f"The parser {getattr(parser, '__qualname__', parser)} of IncludeFile {self.name!r} raised "
                f"{type(exc).__name__}: {exc}. Correct the file or the parser."
            ) from exc


def _known(parameter: str, encoding: str) -> str:
    try:
        "".encode(encoding)
    except (LookupError, TypeError):
        raise ParameterError(
            f"IncludeFile {parameter!r} has the encoding {encoding!r}, which Python does not know. "
            "Give one like 'utf-8' or 'latin-1'."
        ) from None
    return encoding
