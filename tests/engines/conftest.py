"""Real servers for tests: started once a session, on a free port of this machine, ended by their id."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Thread
from urllib.request import Request, urlopen

import pytest


def require_module(name: str) -> None:
    """A missing engine fails in CI and skips elsewhere."""
    package = name.partition(".")[0]
    if find_spec(package) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: CI installs every engine that a test needs.")
        pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an S3 server that forgets everything; AWS_* point at it while it runs."""
    require_module("moto.server")
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        cwd=_folder(tmp_path_factory),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, pytest.MonkeyPatch.context() as patch:
        try:
            seen = ""
            while (found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", seen)) is None:
                line = process.stderr.readline()
                assert line, f"moto_server ended before it listened: {seen}"
                seen += line
            Thread(target=process.stderr.read, daemon=True).start()  # so that its log never fills the pipe
            for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"):
                patch.delenv(name, raising=False)
            patch.setenv("AWS_ENDPOINT_URL", found[1])
            patch.setenv("AWS_ACCESS_KEY_ID", "nobody")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
            patch.setenv("AWS_REGION", "us-east-1")
            yield found[1]
        finally:
            process.kill()


@pytest.fixture(scope="session")
def new_bucket(moto_server: str) -> Callable[[], str]:
    """Makes a bucket that no other test uses and returns its name."""
    numbers = count()

    def make() -> str:
        name = f"bucket-{os.getpid()}-{next(numbers)}"
        with urlopen(Request(f"{moto_server}/{name}", method="PUT")) as answer:
            assert answer.status == 200
        return name

    return make


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("moto")
