"""What makes forking unsafe is found and named."""

import subprocess
import sys

import pytest

_ASK = """
import os
from headwater.hosts.safety import fork_hazard
print(fork_hazard(), flush=True)
os._exit(0)
"""


def hazard_after(code: str) -> str:
    """What `fork_hazard` says in a fresh interpreter that ran `code`."""
    script = f"{code}\n{_ASK}"
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere forking is never taken for safe")


def test_a_plain_interpreter_is_safe() -> None:
    assert hazard_after("import json") == "None"


def test_numpy_and_pandas_are_safe() -> None:
    assert hazard_after("import numpy, pandas; numpy.ones((300, 300)) @ numpy.ones((300, 300))") == "None"


def test_a_thread_is_named() -> None:
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(9,), name='poller', daemon=True).start()"
    assert "poller" in hazard_after(code)


def test_a_connection_is_a_hazard() -> None:
    assert "connection" in hazard_after("import socket\nkept = socket.socket()")


def test_polars_that_was_used_is_a_hazard() -> None:
    code = "import polars\npolars.DataFrame({'a': range(1000)}).lazy().group_by('a').len().collect()"
    assert "a library started threads" in hazard_after(code)


def test_polars_that_was_only_imported_is_none() -> None:
    assert hazard_after("import polars") == "None"
