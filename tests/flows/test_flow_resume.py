"""Resuming: what is taken over, what runs again, and what a resumed run knows of its origin."""

import pytest

from flow_project import Project

FLOW = """
class LongFlow(FlowSpec):
    alpha = Parameter("alpha", default=1)
    factor = 10

    @step
    def start(self):
        open("ran", "a").write("start ")
        print("printed by the origin")
        self.xs = [1, 2, 3]
        self.next(self.work, foreach="xs")

    @catch(var="why")
    @step
    def work(self):
        open("ran", "a").write(f"work{self.input} ")
        self.y = self.input * self.alpha * self.factor
        if self.input == 2:
            raise ValueError("caught")
        self.next(self.join)

    @step
    def join(self, inputs):
        open("ran", "a").write("join ")
        self.ys = [each.y for each in inputs]
        self.next(self.split)

    @step
    def split(self):
        self.next(self.a, self.b)

    @step
    def a(self):
        open("ran", "a").write("a ")
        if not os.path.exists("go"):
            raise ValueError("not yet")
        self.next(self.merge)

    @step
    def b(self):
        open("ran", "a").write("b ")
        self.next(self.merge)

    @step
    def merge(self, inputs):
        open("ran", "a").write("merge ")
        self.merge_artifacts(inputs)
        self.next(self.finish)

    @step(end=True)
    def finish(self):
        self.origin = current.origin_run_id
        self.result = self.ys, self.alpha, self.factor
"""


def ran(project: Project) -> list[str]:
    """The steps that ran since this was last asked."""
    path = project.folder / "ran"
    words = sorted(path.read_text().split()) if path.exists() else []
    path.unlink(missing_ok=True)
    return words


def test_b56_what_succeeded_or_was_caught_is_taken_over_and_the_rest_runs(project: Project) -> None:
    first = project.run(FLOW, "--alpha", "2", "--on-failure", "finish").failed("not yet")
    assert ran(project) == ["a", "b", "join", "start", "work1", "work2", "work3"]
    (project.folder / "go").touch()
    second = project.call("resume").done()
    assert ran(project) == ["a", "merge"]
    assert second.steps == {"a", "merge", "finish"}
    assert second.taken == {step: {first.run_id} for step in ("start", "work", "join", "split", "b")}
    assert second.at("finish").result == ([20, 40, 60], 2, 10)


def test_b57_a_task_taken_over_is_not_executed_and_its_log_is_the_origin_s(project: Project) -> None:
    project.run(FLOW).failed("not yet")
    (project.folder / "go").touch()
    second = project.call("resume").done()
    assert "printed by the origin" not in second.stdout
    logs = project.call("logs", f"{second.run_id}/start").done()
    assert "printed by the origin" in logs.stdout


def test_b58_a_resumed_run_has_a_new_id_and_its_tasks_those_of_the_origin(project: Project) -> None:
    first = project.run(FLOW).failed("not yet")
    (project.folder / "go").touch()
    second = project.call("resume").done()
    assert second.run_id != first.run_id
    assert second.tasks("a") == {"0"}
    assert [(one.run_id, one.step, one.first) for one in second.record("merge").inputs] == [
        (second.run_id, "a", "0"),
        (first.run_id, "b", "0"),
    ]


def test_a_resume_of_a_resumed_run_leads_to_the_run_that_really_executed(project: Project) -> None:
    first = project.run(FLOW, "--on-failure", "finish").failed("not yet")
    second = project.call("resume").failed("not yet")
    assert second.steps == {"a"}
    assert second.run.origin_run_id == first.run_id
    (project.folder / "go").touch()
    third = project.call("resume").done()
    assert third.run.origin_run_id == second.run_id
    assert set().union(*third.taken.values()) == {first.run_id}
    assert third.at("finish").origin == second.run_id


def test_b60_plain_resume_continues_the_newest_run_and_an_older_one_can_be_named(project: Project) -> None:
    first = project.run(FLOW, "--alpha", "3", "--on-failure", "finish").failed("not yet")
    project.call("run", "--alpha", "4", "--on-failure", "finish").failed("not yet")
    (project.folder / "go").touch()
    assert project.call("resume").done().at("finish").result[1] == 4
    older = project.call("resume", "--origin-run-id", first.run_id).done()
    assert older.at("finish").result[1] == 3


def test_b60_the_newest_run_is_the_user_s_own(project: Project) -> None:
    project.run(FLOW, "--alpha", "3", "--on-failure", "finish").failed("not yet")
    project.call("run", "--alpha", "4", environ={"HEADWATER_USER": "somebody"}).failed("not yet")
    (project.folder / "go").touch()
    assert project.call("resume").done().at("finish").result[1] == 3
    project.call("resume", environ={"HEADWATER_USER": "nobody"}).failed("nobody")


def test_b56_a_named_step_and_all_behind_it_run_again(project: Project) -> None:
    (project.folder / "go").touch()
    first = project.run(FLOW).done()
    ran(project)
    second = project.call("resume", "join").done()
    assert ran(project) == ["a", "b", "join", "merge"]
    assert second.taken == {"start": {first.run_id}, "work": {first.run_id}}
    project.call("resume", "nonsense").failed("nonsense")


def test_b59_an_ordinary_run_has_no_origin(project: Project) -> None:
    (project.folder / "go").touch()
    first = project.run(FLOW).done()
    assert first.run.origin_run_id is None
    assert first.at("finish").origin is None
    assert first.taken == {}


def test_b61_a_resumed_run_with_its_own_last_step_knows_that_it_succeeded(project: Project) -> None:
    project.run(FLOW).failed("not yet")
    (project.folder / "go").touch()
    second = project.call("resume").done()
    assert second.run.end == "finish"
    assert second.end.outcome == "succeeded"


def test_b20_resume_takes_no_parameters(project: Project) -> None:
    project.run(FLOW, "--alpha", "5").failed("not yet")
    (project.folder / "go").touch()
    project.call("resume", "--alpha", "6").failed("--alpha", "origin", code=2)
    second = project.call("resume", environ={"HEADWATER_RUN_ALPHA": "7"}).done()
    assert second.at("finish").result[1] == 5


def test_b62_there_is_no_cloning_without_running(project: Project) -> None:
    project.write(FLOW)
    project.call("resume", "--clone-only").failed("--clone-only", code=2)


def test_b63_an_unknown_run_is_refused_before_a_new_one_exists(project: Project) -> None:
    project.run(FLOW).failed("not yet")
    ended = project.call("resume", "--origin-run-id", "12345").failed("12345")
    assert ended.run_id == ""


def test_constants_and_new_parameters_of_a_resumed_run(project: Project) -> None:
    project.run(FLOW).failed("not yet")
    (project.folder / "go").touch()
    changed = FLOW.replace("factor = 10", "factor = 99\n    beta = Parameter('beta', default=7)")
    project.write(changed.replace("self.result = self.ys,", "self.result = self.beta,"))
    second = project.call("resume").done()
    assert second.at("finish").result == (7, 1, 10)


def test_tasks_of_a_step_that_changed_its_kind_runs_again(project: Project) -> None:
    first = project.run(FLOW).failed("not yet")
    (project.folder / "go").touch()
    ran(project)
    changed = FLOW.replace(
        'self.next(self.work, foreach="xs")', "self.input_ = 1\n        self.next(self.only)"
    ).replace(
        """    @catch(var="why")
    @step
    def work""",
        """    @step
    def only(self):
        self.ys = [0]
        self.next(self.fan)

    @step
    def fan(self):
        self.xs = [4]
        self.next(self.work, foreach="xs")

    @catch(var="why")
    @step
    def work""",
    )
    project.write(changed)
    second = project.call("resume").done()
    assert second.taken == {}
    assert ran(project) == ["a", "b", "join", "merge", "start", "work4"]
    assert first.run_id != second.run_id


LOOP = """
class LoopFlow(FlowSpec):
    @step
    def start(self):
        self.xs = range(3)
        self.next(self.turn, foreach="xs")

    @step
    def turn(self):
        open("ran", "a").write(f"turn{self.input}/{current.task_id} ")
        self.n = getattr(self, "n", 0) + 1
        if self.input == 1 and self.n == 2 and not os.path.exists("go"):
            raise ValueError("in the middle of its loop")
        self.more = self.n < 3
        self.next({True: self.turn, False: self.fan}, condition="more")

    @step
    def fan(self):
        self.next(self.gang, num_parallel=2)

    @parallel
    @step
    def gang(self):
        open("ran", "a").write(f"gang{current.task_id} ")
        if current.task_id == "2.1" and not os.path.exists("gang"):
            raise ValueError("in the middle of a gang")
        self.next(self.gang_join)

    @step
    def gang_join(self, inputs):
        self.n = 1
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(each.n for each in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_resume_goes_on_in_the_middle_of_loops_and_runs_gangs_whole(project: Project) -> None:
    first = project.run(LOOP, "--on-failure", "finish").failed("loop")
    words = ran(project)
    assert "turn1/1~1" in words
    (project.folder / "go").touch()
    second = project.call("resume", "--on-failure", "finish").failed("gang")
    again = ran(project)
    (project.folder / "gang").touch()
    third = project.call("resume").done()
    last = ran(project)
    assert {"gang2.0", "gang2.1"} <= set(last)
    # a failure lets nothing new become ready, so which of the three runs took a turn is a matter of chance
    turns = [f"turn{index}/{index}{turn}" for index in range(3) for turn in ("", "~1", "~2")]
    assert [(words + again + last).count(turn) for turn in turns] == [1, 1, 1, 1, 2, 1, 1, 1, 1]
    assert [(words + again + last).count(f"gang{gang}.{node}") for gang in (0, 1) for node in (0, 1)] == [1] * 4
    assert third.at("join").total == 3
    assert third.taken["turn"] == {first.run_id, second.run_id}


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
def test_runs_that_were_killed_outright_can_be_resumed(project: Project, isolation: str) -> None:
    project.write(
        """
        class KilledFlow(FlowSpec):
            @step
            def start(self):
                self.x = 1
                self.next(self.wait)

            @step
            def wait(self):
                if not os.path.exists("go"):
                    print("here", flush=True)
                    time.sleep(60)
                self.next(self.end)

            @step
            def end(self):
                self.y = self.x
        """
    )
    process = project.start("--isolation", isolation, "run")
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    lost = project.finished(process)
    assert not (project.root / "flows" / "KilledFlow" / lost.run_id / "end.json").exists()
    (project.folder / "go").touch()
    second = project.call("resume").done()
    assert second.taken == {"start": {lost.run_id}}
    assert second.at("end").y == 1


def test_a_resume_takes_no_parameters_and_says_whose_values_it_has(project: Project) -> None:
    project.run(FLOW, "--alpha", "5").failed("not yet")
    project.call("resume", "--alpha=6").failed("--alpha", "values of its origin", code=2)


def test_a_join_that_misses_what_its_step_sets_by_now_hears_that_the_task_was_taken_over(project: Project) -> None:
    source = FLOW.replace("each.y for each", "each.z for each")
    first = project.run(source).failed("has no artifact 'z'")
    assert "taken over" not in first.stderr
    project.write(source.replace("self.y = self", "self.z = self.y = self"))
    told = f"was taken over from run {first.run_id}; `resume work` runs the step again as it is now."
    project.call("resume").failed("has no artifact 'z'", told)
    project.call("resume", "work").failed("not yet")
