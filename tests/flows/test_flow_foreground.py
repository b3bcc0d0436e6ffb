"""A run in the foreground process."""

from flow_project import Project

FLOW = """
class ForegroundFlow(FlowSpec):
    @environment(vars={"COLOUR": "green"})
    @step
    def start(self):
        self.next(self.middle, foreach="colours")

    colours = ["red", "blue"]

    @environment(vars={"COLOUR": "green"})
    @step
    def middle(self):
        self.seen, self.pid = os.environ.get("COLOUR"), os.getpid()
        self.next(self.join)

    @step
    def join(self, inputs):
        self.seen = [one.seen for one in inputs]
        self.pids = {one.pid for one in inputs}
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_variables_that_have_no_effect_in_the_foreground_are_told_once(project: Project) -> None:
    done = project.run(FLOW, "--isolation", "none").done()
    assert done.stderr.count("@environment has no effect with --isolation none (on 'start', 'middle').") == 1
    assert done.at("join").seen == [None, None]
    assert len(done.at("join").pids) == 1


def test_variables_have_their_effect_elsewhere_and_nothing_is_said(project: Project) -> None:
    done = project.run(FLOW).done()
    assert "@environment" not in done.stderr
    assert done.at("join").seen == ["green", "green"]
    assert len(done.at("join").pids) == 2
