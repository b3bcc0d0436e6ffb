"""Numeric libraries use as many threads as the step claims CPUs, unless the user said how many."""

import json

import pytest

from headwater.hosts.threads import THREAD_VARIABLES, thread_variables
from headwater.records.decorators import Environment, Resources
from headwater.testing.local_bench import Bench, BenchMaker

KINDS = pytest.mark.parametrize("kind", ["fork", "spawn"])

EARLY = """
import json, numpy, threadpoolctl
def threads(): return [library["num_threads"] for library in threadpoolctl.threadpool_info()]
AT_IMPORT = threads()
def tell(spec): print(json.dumps([threads(), os.environ.get("OMP_NUM_THREADS"), AT_IMPORT]))
tell_two = tell
"""
LATE = """
def tell(spec):
    import json, numpy, threadpoolctl
    print(json.dumps([[library["num_threads"] for library in threadpoolctl.threadpool_info()], "", []]))
tell_two = tell
"""


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)


def told(bench: Bench) -> list[tuple[set[int], str | None, set[int]]]:
    rows = [json.loads(line.text) for _, line in bench.lines]
    return [(set(here), variable, set(at_import)) for here, variable, at_import in rows]


@KINDS
@pytest.mark.parametrize("code", [EARLY, LATE], ids=["imported-above", "imported-in-the-step"])
def test_threads_are_as_many_as_the_step_claims(bench: BenchMaker, kind: str, code: str) -> None:
    b = bench(code, kind)
    b.run("tell")
    b.run("tell_two", decorators=(Resources(cpu=2),))
    b.run("tell")
    assert [threads for threads, _, _ in told(b)] == [{1}, {2}, {1}]


@KINDS
def test_each_member_of_a_gang_gets_its_share(bench: BenchMaker, kind: str) -> None:
    b = bench(EARLY, kind)
    b.executor.submit(b.launch("tell", "0.0", "0.1", gang=True))
    b.finish()
    assert [(threads, variable) for threads, variable, _ in told(b)] == [({1}, "1")] * 2


@KINDS
@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
def test_what_the_user_has_set_stands(bench: BenchMaker, kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "2")
    b = bench(EARLY, kind)
    b.run("tell")
    ((threads, variable, at_import),) = told(b)
    assert threads == at_import
    assert variable == ("2" if name == "OMP_NUM_THREADS" else None)


@KINDS
def test_what_the_step_environment_says_stands(bench: BenchMaker, kind: str) -> None:
    b = bench(EARLY, kind)
    b.run("tell", decorators=(Environment(vars={"OMP_NUM_THREADS": "2"}), Resources(cpu=1)))
    ((threads, variable, at_import),) = told(b)
    assert (threads, variable) == (at_import, "2")


def test_a_flow_without_numeric_libraries_pays_for_nothing(bench: BenchMaker) -> None:
    b = bench("def tell(spec): print('threadpoolctl' in sys.modules)")
    b.run("tell", decorators=(Resources(cpu=2),))
    assert [line.text for _, line in b.lines] == ["False"]


def test_one_variable_of_the_users_is_enough() -> None:
    assert thread_variables({"MKL_NUM_THREADS": "4"}, 1) == {}
    assert set(thread_variables({}, 3).values()) == {"3"}
