"""The code of a run as it was: its files, and classes of the author loaded from them.

A value of an author's class can be loaded only where that class can be imported. Where it cannot, or where a module of
the same name is another one, the run's own files are imported in its place, for the moment of loading: `sys.path` and
`sys.modules` are then as they were. The modules are kept, so that all values of one code package have the same classes.
What such a class imports later, inside its functions, is looked for as usual.
"""

import atexit
import io
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from shutil import rmtree
from tempfile import TemporaryDirectory, mkdtemp
from types import ModuleType
from typing import Any, overload

from headwater import plugins
from headwater.artifacts.files import write_below
from headwater.artifacts.store import ArtifactStore
from headwater.environments.archive import make_archive
from headwater.environments.code import read_manifest
from headwater.errors import NotFound
from headwater.records.artifact import BlobRef
from headwater.records.run import Code as CodeRecord
from headwater.storage import layout

_METAFLOW = "metaflow"
_import_lock = threading.RLock()
_imported: dict[str, "PackageModules"] = {}


class Code:
    """The files of a run's code package."""

    def __init__(self, store: ArtifactStore, record: CodeRecord, where: str) -> None:
        self._store = store
        self._record = record
        self._where = where

    @property
    def script_name(self) -> str:
        """The flow's file, relative to the package's root."""
        return self._record.script

    @property
    def git_commit(self) -> str | None:
        return self._record.git_commit

    @property
    def git_dirty(self) -> bool | None:
        """Whether tracked files differed from the commit; None: unknown."""
        return self._record.git_dirty

    @property
    def digest(self) -> str | None:
        """Equal for equal code; None when the run kept none."""
        return self._record.manifest.hash if self._record.manifest else None

    @cached_property
    def _files(self) -> dict[str, BlobRef]:
        manifest = self._record.manifest
        if manifest is None:
            return {}
        found = dict(read_manifest(self._store.load_blob(manifest, self._where)))
        if not manifest.at:
            return found
        # The files of an imported package are in the package.
        return {path: BlobRef(hash=blob.hash, size=blob.size, at=manifest.within) for path, blob in found.items()}

    @property
    def files(self) -> list[str]:
        """Relative paths, sorted."""
        return list(self._files)

    @property
    def hashes(self) -> dict[str, tuple[str, int]]:
        """The hash and the size in bytes of each file."""
        return {path: (blob.hash, blob.size) for path, blob in self._files.items()}

    @property
    def flowspec(self) -> str:
        """The source text of the flow's file."""
        return self.read_text(self.script_name)

    def read_text(self, path: str) -> str:
        return self.read_bytes(path).decode("utf-8", "replace")

    def read_bytes(self, path: str) -> bytes:
        blob = self._files.get(path)
        if blob is None:
            raise NotFound(f"The code of {self._where} has no file {path!r}. Its `files` lists what there is.")
        return self._store.load_blob(blob, f"{path} in the code of {self._where}")

    @property
    def path(self) -> str | None:
        """Where the package is kept: its key below the root; None when the run kept none."""
        manifest = self._record.manifest
        return layout.blob(manifest.hash, manifest.encoding) if manifest else None

    @property
    def tarball(self) -> tarfile.TarFile:
        """The files as an archive in memory, open for reading."""
        packed = make_archive((name, self.read_bytes(name)) for name in self.files)
        return tarfile.open(fileobj=io.BytesIO(packed))

    @property
    def info(self) -> dict[str, Any]:
        """What is known of the package, as plain data."""
        return {
            "script": self.script_name,
            "digest": self.digest,
            "files": len(self.files),
            "size": sum(blob.size for blob in self._files.values()),
            "git_commit": self.git_commit,
            "git_dirty": self.git_dirty,
        }

    @overload
    def extract(self, folder: None = None) -> "TemporaryDirectory[str]": ...

    @overload
    def extract(self, folder: str | Path) -> Path: ...

    def extract(self, folder: str | Path | None = None) -> "Path | TemporaryDirectory[str]":
        """Write all files below a folder, which is made if need be; files that are there are replaced.

        Without a folder, a `TemporaryDirectory` that holds them: it is removed when its `with` ends or it is dropped.
        """
        if folder is None:
            made = TemporaryDirectory(prefix="headwater-code-")
            self._write(Path(made.name))
            return made
        return self._write(Path(folder))

    def __reduce__(self) -> tuple[Any, ...]:
        return Code, (self._store, self._record, self._where)

    def _write(self, target: Path) -> Path:
        for relative in self.files:
            write_below(target, relative, self.read_bytes(relative), f"The code of {self._where}")
        return target

    @contextmanager
    def importable(self) -> Iterator[None]:
        """While it lasts, modules of the package are imported before all others of their names."""
        with _import_lock:
            digest = self.digest or ""
            package = _imported.get(digest)
            if package is None:
                folder = mkdtemp(prefix="headwater-code-")
                atexit.register(rmtree, folder, ignore_errors=True)
                self.extract(folder)
                package = _imported[digest] = PackageModules(folder, self.files)
            with package.in_place():
                yield

    def __repr__(self) -> str:
        return f"<Code of {self._where}: {self.script_name}, {len(self.files)} files>"


class PackageModules:
    """A package on disk for as long as this process lives, and its modules that were imported."""

    def __init__(self, folder: str, files: list[str]) -> None:
        own = {PurePosixPath(file).parts[0].removesuffix(".py") for file in files if file.endswith(".py")}
        self._roots = own | {_METAFLOW}  # the run's code had ours, whatever is installed where it is read
        self._paths = [folder, plugins.load("face", "metaflow")()]
        self._modules: dict[str, ModuleType] = {}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        hidden = self._take()
        sys.modules.update(self._modules)
        sys.path[:0] = self._paths
        writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        try:
            yield
        finally:
            sys.dont_write_bytecode = writes_bytecode
            for path in self._paths:
                sys.path.remove(path)
            self._modules = self._take()
            sys.modules.update(hidden)

    def _take(self) -> dict[str, ModuleType]:
        """Take out of `sys.modules` what has a name of the package."""
        names = [name for name in sys.modules if name.partition(".")[0] in self._roots and name != "__main__"]
        return {name: sys.modules.pop(name) for name in names}
