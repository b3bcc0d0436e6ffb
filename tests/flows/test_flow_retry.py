"""Retry, catch and timeout: behaviours at every place of a graph, in forks and in fresh interpreters."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project
from headwater.errors import ExceptionWrapper, FailureHandledByCatch
from headwater.records.task import FailureKind, Outcome

BEHAVIOURS = """
class BehavedFlow(FlowSpec):
    @retry(times=2, minutes_between_retries=0)
    @step
    def start(self):
        self.tries = current.retry_count
        print("attempt", current.retry_count)
        if current.retry_count < 2:
            self.lost = "set in an attempt that failed"
            raise ValueError("not yet")
        self.next(self.raises, self.dies, self.leaves, self.slow, self.swallows, self.fine)

    @catch(var="why")
    @step
    def raises(self):
        self.kept = "set before it raised"
        raise KeyError("no such * thing *")
        self.next(self.join)

    @retry(times=1, minutes_between_retries=0)
    @catch(var="why", print_exception=False)
    @step
    def dies(self):
        self.kept = "never stored"
        os.kill(os.getpid(), signal.SIGKILL)
        self.next(self.join)

    @catch(var="why")
    @step
    def leaves(self):
        sys.exit(3)
        self.next(self.join)

    @catch(var="why")
    @timeout(seconds=1)
    @step
    def slow(self):
        self.kept = "before the end of time"
        try:
            time.sleep(30)
        except Exception:
            self.kept = "swallowed"
        self.next(self.join)

    @catch(var="why")
    @timeout(seconds=1)
    @step
    def swallows(self):
        try:
            time.sleep(30)
        except BaseException:
            pass
        self.next(self.join)

    @catch(var="why")
    @timeout(seconds=60)
    @retry(times=3)
    @step
    def fine(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.reasons = {each: getattr(inputs, each).why for each in
                        ("raises", "dies", "leaves", "slow", "swallows", "fine")}
        self.kept = inputs.raises.kept, inputs.slow.kept
        self.lost = hasattr(inputs.dies, "kept"), hasattr(inputs.raises, "lost")
        self.next(self.fan)

    @step
    def fan(self):
        self.xs = range(3)
        self.next(self.work, foreach="xs")

    @catch(var="why")
    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        self.tries = current.retry_count
        if self.input == 1 and current.retry_count == 0:
            raise ValueError("once")
        if self.input == 2:
            raise ValueError("always")
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.tries = [each.tries for each in inputs]
        self.whys = [each.why for each in inputs]
        self.next(self.fan_gang)

    @step
    def fan_gang(self):
        self.next(self.gang, num_parallel=3)

    @retry(times=1, minutes_between_retries=0)
    @parallel
    @step
    def gang(self):
        self.rank = current.parallel.node_index, current.parallel.num_nodes, current.retry_count
        if current.parallel.node_index == 1 and current.retry_count == 0:
            raise ValueError("one of the gang")
        self.next(self.gang_join)

    @step
    def gang_join(self, inputs):
        self.ranks = [each.rank for each in inputs]
        self.next(self.fan_caught)

    @step
    def fan_caught(self):
        self.next(self.gang_caught, num_parallel=2)

    @catch(var="why")
    @parallel
    @step
    def gang_caught(self):
        if current.parallel.node_index == 1:
            raise ValueError("for good")
        self.next(self.gang_caught_join)

    @step
    def gang_caught_join(self, inputs):
        self.whys = [each.why for each in inputs]
        self.next(self.end)

    @catch(var="why")
    @step
    def end(self):
        self.last = 1
        raise RuntimeError("at the very end")
"""


@pytest.fixture(scope="module", params=["fork", "spawn"])
def behaved(request: pytest.FixtureRequest, new_project: Callable[[], Project]) -> Finished:
    return new_project().run(BEHAVIOURS, before=("--isolation", request.param)).done()


def test_b42_attempts_are_counted_from_0(behaved: Finished) -> None:
    assert behaved.at("start").tries == 2
    assert behaved.record("start").attempt == 2
    assert [behaved.record("start", attempt=number).outcome for number in (0, 1)] == [Outcome.FAILED] * 2
    assert behaved.at("gather").tries == [0, 1, 1]


def test_b49_every_attempt_has_its_own_log(behaved: Finished) -> None:
    logs = [behaved.log("start", attempt=number) for number in range(3)]
    assert [f"attempt {number}" in log for number, log in enumerate(logs)] == [True] * 3
    assert "attempt 1" not in logs[0]


def test_artifacts_of_a_failed_attempt_are_not_seen_by_what_follows(behaved: Finished) -> None:
    assert behaved.at("start", attempt=1).lost.startswith("set")
    assert behaved.at("join").lost == (False, False)


def test_b44_catch_acts_after_the_last_attempt_and_var_is_none_after_a_success(behaved: Finished) -> None:
    reasons = behaved.at("join").reasons
    assert reasons["fine"] is None
    assert isinstance(reasons["raises"], ExceptionWrapper)
    assert reasons["raises"].type == "KeyError"
    assert "no such * thing *" in reasons["raises"].exception
    assert [type(why) for why in behaved.at("gather").whys] == [type(None), type(None), ExceptionWrapper]


def test_b45_a_caught_task_counts_as_successful_and_keeps_what_it_had_set(behaved: Finished) -> None:
    assert behaved.record("raises").outcome is Outcome.CAUGHT
    assert behaved.at("join").kept == ("set before it raised", "before the end of time")


def test_b46_after_a_caught_step_the_flow_goes_on_along_its_target(behaved: Finished) -> None:
    transition = behaved.record("dies").transition
    assert transition is not None
    assert transition.steps == ("join",)


def test_a_catch_dead_process_leaves_the_reason_in_var(behaved: Finished) -> None:
    why = behaved.at("join").reasons["dies"]
    assert isinstance(why, FailureHandledByCatch)
    assert "SIGKILL" in str(why)
    record = behaved.record("dies")
    assert (record.outcome, record.attempt) == (Outcome.CAUGHT, 1)
    assert record.failure is not None
    assert record.failure.signal == 9


def test_a_timeout_is_not_seen_by_except_exception(behaved: Finished) -> None:
    failure = behaved.record("slow").failure
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT
    assert behaved.at("slow").kept == "before the end of time"


def test_b47_an_attempt_is_timed_out_also_when_it_swallows_that(behaved: Finished) -> None:
    failure = behaved.record("swallows").failure
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT


def test_a_sys_exit_can_be_caught(behaved: Finished) -> None:
    failure = behaved.record("leaves").failure
    assert failure is not None
    assert (failure.kind, failure.exit_code) == (FailureKind.EXIT, 3)


def test_gangs_are_retried_together(behaved: Finished) -> None:
    assert behaved.at("gang_join").ranks == [(0, 3, 1), (1, 3, 1), (2, 3, 1)]


def test_gangs_are_caught_together(behaved: Finished) -> None:
    whys = behaved.at("gang_caught_join").whys
    assert len(whys) == 2
    assert isinstance(whys[1], ExceptionWrapper)


def test_a_caught_end_is_a_success(behaved: Finished) -> None:
    assert behaved.end.outcome == "succeeded"
    assert behaved.at("end").last == 1
    assert isinstance(behaved.at("end").why, ExceptionWrapper)


FAILING = """
class FailingFlow(FlowSpec):
    {decorator}
    @step
    def start(self):
        print("attempt", current.retry_count)
        {what}
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_b43_the_pause_between_attempts_is_honoured(project: Project) -> None:
    ran = project.run(
        FAILING.format(
            decorator="@retry(times=1, minutes_between_retries=0.01)",
            what="assert current.retry_count",
        )
    ).done()
    first, second = ran.record("start", attempt=0), ran.record("start")
    assert second.started_at - first.ended_at >= 0.6


def test_a_retry_pause_of_0_retries_at_once(project: Project) -> None:
    ran = project.run(
        FAILING.format(decorator="@retry(times=7, minutes_between_retries=0)", what="assert current.retry_count > 6")
    ).done()
    assert ran.record("start").attempt == 7


def test_a_retry_times_takes_any_whole_number_from_0_on(project: Project) -> None:
    ran = project.run(FAILING.format(decorator="@retry(times=0)", what="raise ValueError('once only')"))
    ran.failed("once only")
    assert ran.record("start", attempt=0).attempt == 0
    for bad in ("-1", "1.5"):
        ended = project.run(FAILING.format(decorator=f"@retry(times={bad})", what="pass")).failed("@retry")
        assert ended.run_id == ""


@pytest.mark.parametrize("code", [202, 203])
def test_b50_no_exit_code_forbids_a_retry(project: Project, code: int) -> None:
    ran = project.run(
        FAILING.format(
            decorator="@retry(times=1, minutes_between_retries=0)",
            what=f"if not current.retry_count: os._exit({code})",
        )
    ).done()
    assert ran.record("start").attempt == 1


def test_b75_with_adds_a_decorator_where_the_step_has_none(project: Project) -> None:
    source = """
        class WithFlow(FlowSpec):
            @retry(times=1, minutes_between_retries=0)
            @step
            def start(self):
                assert current.retry_count == 1
                self.next(self.end)

            @step
            def end(self):
                assert current.retry_count == 3
        """
    ran = project.run(source, before=("--with", "retry:times=3,minutes_between_retries=0")).done()
    assert (ran.record("start").attempt, ran.record("end").attempt) == (1, 3)
    project.call("run", "--with", "retry:times=3,minutes_between_retries=0").done()
    project.call("run", "--with", "nonsense").failed("nonsense")
