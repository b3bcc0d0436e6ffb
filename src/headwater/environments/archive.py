"""Code as one file: a tar archive whose bytes depend on nothing but the files in it."""

import gzip
import io
import tarfile
from collections.abc import Iterable

SUFFIXES = (".tgz", ".tar.gz")


def make_archive(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A gzipped tar of (relative path, content), in the order given: no times, no owners."""
    packed = io.BytesIO()
    # A stream without a name and a time: else gzip writes both down.
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for relative, content in files:
            entry = tarfile.TarInfo(relative)
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
