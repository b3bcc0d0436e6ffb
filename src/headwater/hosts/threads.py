"""How many threads numeric libraries (BLAS, OpenMP) use in an attempt: as many as its step claims CPUs.

A library reads its environment variables when it is loaded. An interpreter of an attempt's own is therefore launched
with the right ones. A fork host has loaded its libraries before it knows any claim: it is held to one thread once, and
its forks inherit that for nothing; a fork that claims more raises the number. Who sets one of the variables decides.
"""

import os
import sys
import warnings
from collections.abc import Mapping
from typing import Any

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
_LIBRARIES = (b"openblas", b"libgomp", b"libomp", b"libiomp", b"libmkl", b"libblis", b"libflexiblas")


def thread_variables(environ: Mapping[str, str], cpus: int) -> dict[str, str]:
    """What a process that claims so many CPUs needs beside `environ`; nothing where that has a say of its own."""
    if any(name in environ for name in THREAD_VARIABLES):
        return {}
    return dict.fromkeys(THREAD_VARIABLES, str(cpus))


class ThreadLimits:
    """The limits of a fork host and its forks."""

    def __init__(self) -> None:
        self._cpus = 0  # 0: they are not our business
        self._libraries: Any = None  # those that are loaded, as threadpoolctl sees them

    def hold_host(self) -> None:
        """Limit this process to one thread, before its forks."""
        variables = thread_variables(os.environ, 1)
        if not variables:
            return
        os.environ.update(variables)  # for what a fork loads
        self._cpus = 1
        if _are_loaded():
            # here, since most flows do without it
            import threadpoolctl

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it advises authors on what they have combined
                self._libraries = threadpoolctl.ThreadpoolController()
            self._libraries.limit(limits=1)

    def set_in_fork(self, cpus: int) -> None:
        """The claim of the attempt that this fork is for."""
        if cpus == self._cpus or not self._cpus:
            return
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(cpus)))
        if self._libraries is not None:
            self._libraries.limit(limits=cpus)


def _are_loaded() -> bool:
    """Whether this process has a library with threads of its own."""
    try:
        with open("/proc/self/maps", "rb") as file:
            mapped = file.read()
    except OSError:  # not Linux
        return "numpy" in sys.modules
    return any(name in mapped for name in _LIBRARIES)
