"""Decorators that authors write: before a step, after it and instead of it, in order, in every kind of process."""

import json

import pytest

from flow_project import Finished, Project

TOOLS = """
from headwater import StepMutator, USER_SKIP_STEP, UserStepDecorator, user_step_decorator


def note(flow, text):
    flow.notes = [*getattr(flow, "notes", []), text]


class around(UserStepDecorator):
    def init(self, name="around"):
        self.name = name

    def pre_step(self, step_name, flow, inputs=None):
        note(flow, f"{self.name} before {step_name}{' with inputs' if inputs is not None else ''}")

    def post_step(self, step_name, flow, exception=None):
        note(flow, f"{self.name} after {step_name}: {exception!r}")
        return exception


@user_step_decorator
def halves(step_name, flow, inputs, attributes):
    note(flow, f"halves before {step_name} {attributes}")
    yield
    note(flow, "halves after")


@user_step_decorator
def forgiving(step_name, flow, inputs):
    try:
        yield
    except ValueError as exc:
        flow.forgiven = str(exc)


@user_step_decorator
def skipping(step_name, flow, inputs, attributes):
    for name, value in attributes.get("sets", {}).items():
        setattr(flow, name, value)
    yield attributes.get("goes_on", USER_SKIP_STEP)
    note(flow, "skipping after")


@user_step_decorator
def replacing(step_name, flow, inputs, attributes):
    def instead(flow, inputs=None):
        note(flow, f"instead of {step_name}")
        if inputs is not None:
            flow.seen = sorted(one.part for one in inputs)
        flow.next(getattr(flow, attributes["to"]))

    yield instead


class counted(StepMutator, UserStepDecorator):
    def init(self):
        self.steps = []

    def pre_mutate(self, mutable_step):
        self.steps.append(mutable_step.name)

    def pre_step(self, step_name, flow, inputs=None):
        note(flow, f"counted {self.steps}")

    def post_step(self, step_name, flow, exception=None):
        return exception
"""


@pytest.fixture
def tools(project: Project) -> Project:
    project.write(TOOLS, "tools.py")
    return project


LINE = """
    from tools import *

    class LineFlow(FlowSpec):
        {above}
        @step
        def start(self):
            self.notes = [*getattr(self, "notes", []), "step"]
            {what}
            self.next(self.end)

        @step
        def end(self):
            pass
    """


def line(project: Project, above: str, what: str = "pass", *words: str) -> Finished:
    return project.run(LINE.format(above=above.replace("\n", "\n        "), what=what), *words)


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_b74_decorators_of_the_author_wrap_the_step_the_outermost_first(tools: Project, isolation: str) -> None:
    above = "@halves(x=1)\n@around(name='outer')\n@around(name='inner')"
    ran = line(tools, above, "pass", "--isolation", isolation).done()
    assert ran.at("end").notes == [
        "halves before start {'x': 1}",
        "outer before start",
        "inner before start",
        "step",
        "inner after start: None",
        "outer after start: None",
        "halves after",
    ]


def test_b74_those_of_with_and_of_mutators_stand_outside_those_of_the_source(tools: Project) -> None:
    ran = line(tools, "@around(name='source')", "pass", "--with", "halves:x=2").done()
    assert ran.at("start").notes[:3] == ["halves before start {'x': 2}", "source before start", "step"]
    assert ran.at("end").notes[-2:] == ["halves before end {'x': 2}", "halves after"]


def test_b75_with_leaves_a_step_alone_that_bears_the_decorator(tools: Project) -> None:
    ran = line(tools, "@around(name='source')", "pass", "--with", "tools.around:name=added").done()
    assert [note for note in ran.at("start").notes if "added" in note] == []
    assert ran.at("end").notes[-1] == "added after end: None"


def test_b75_of_two_of_a_kind_the_one_behind_the_command_counts(tools: Project) -> None:
    words = ("tools.around:name=behind", "retry:times=2,minutes_between_retries=0")
    before = ("--with", "tools.around:name=before", "--with", "retry:times=1,minutes_between_retries=0")
    tools.write(LINE.format(above="", what="assert current.retry_count == 2"))
    ran = tools.call(*before, "run", *(word for each in words for word in ("--with", each))).done()
    assert ran.at("start").notes == ["behind before start", "step", "behind after start: None"]


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_one_of_a_module_that_the_flow_does_not_import_is_found_by_its_name(tools: Project, isolation: str) -> None:
    tools.write(
        "from headwater import UserStepDecorator\n"
        "class marking(UserStepDecorator):\n"
        "    def init(self, *words, **options):\n"
        "        self.words = (words, options)\n"
        "    def pre_step(self, step_name, flow, inputs=None):\n"
        "        flow.marked = self.words\n",
        "elsewhere.py",
    )
    with_ = 'elsewhere.marking:0=first,1=[2],size=1.5,flag=true,text="a,b"'
    ran = line(tools, "", "pass", "--with", with_, "--isolation", isolation).done()
    assert ran.at("end").marked == (("first", [2]), {"size": 1.5, "flag": True, "text": "a,b"})
    (kept,) = ran.run.steps[0].decorators
    assert json.loads(json.dumps(getattr(kept, "options", None))) == {"size": 1.5, "flag": True, "text": "a,b"}


def test_an_exception_passes_every_decorator_and_what_one_swallows_the_flow_does_not_see(tools: Project) -> None:
    ran = line(tools, "@around(name='outer')\n@forgiving\n@around(name='inner')", "raise ValueError('bad')").done()
    assert ran.at("start").forgiven == "bad"
    assert ran.at("end").notes == [
        "outer before start",
        "inner before start",
        "step",
        "inner after start: ValueError('bad')",
        "outer after start: None",
    ]


def test_what_nobody_swallows_fails_the_step_with_the_authors_line(tools: Project) -> None:
    ended = line(tools, "@around\n@halves\n@forgiving", "raise KeyError('bad')").failed(
        "KeyError", "raise KeyError('bad')"
    )
    assert ended.record("start", attempt=0).failure is not None


def test_retry_catch_and_timeout_stand_outside(tools: Project) -> None:
    what = "if current.retry_count == 0: raise KeyError('once')"
    ran = line(tools, "@around\n@retry(times=1, minutes_between_retries=0)", what).done()
    assert ran.at("start").notes == ["around before start", "step", "around after start: None"]
    caught = line(tools, "@around\n@catch(var='failure')", "raise KeyError('always')").done()
    assert "KeyError" in str(caught.at("start").failure)
    assert caught.at("start").notes[-1] == "around after start: KeyError('always')"
    late = line(tools, "@forgiving\n@around\n@timeout(seconds=0.2)\n@catch(var='failure')", "time.sleep(60)").done()
    assert "0.2 s" in late.at("start").failure.message
    assert late.at("start").notes == ["around before start", "step"]


def test_post_step_decides_what_is_raised_and_how_the_flow_goes_on(tools: Project) -> None:
    tools.write(
        """
        from headwater import UserStepDecorator

        class deciding(UserStepDecorator):
            def init(self, answer):
                self.answer = answer

            def post_step(self, step_name, flow, exception=None):
                flow.items, flow.kind = [1, 2], "b"
                named = {"other": KeyError("other"), "nothing": None, "odd": 3}
                return named[self.answer] if isinstance(self.answer, str) else self.answer
        """,
        "deciding.py",
    )
    source = """
        from deciding import deciding

        class DecidedFlow(FlowSpec):
            {first}
            @step
            def start(self):
                raise ValueError("start")
                self.next(self.work, foreach="items")

            {second}
            @step
            def work(self):
                raise ValueError("work")
                self.next({{"a": self.end_of_a, "b": self.end_of_b}}, condition="kind")

            @step
            def end_of_a(self):
                self.next(self.both)

            @step
            def end_of_b(self):
                self.way = "b"
                self.next(self.both)

            @step
            def both(self):
                self.next(self.join)

            @step
            def join(self, inputs):
                self.ways = [one.way for one in inputs]
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    good = {"first": "@deciding((None, {'foreach': 'items'}))", "second": "@deciding('nothing')"}
    assert tools.run(source.format(**good)).done().at("end").ways == ["b", "b"]
    for first, words in (
        ("@deciding('other')", ["KeyError", "other"]),
        ("@deciding('odd')", ["post_step of @deciding answered 3", "None, an exception"]),
        ("@deciding((None, {'foreach': 'nothing'}))", ["foreach='nothing'", "not set"]),
    ):
        tools.run(source.format(**{**good, "first": first})).failed(*words)


SHAPES = """
    from tools import *

    class ShapesFlow(FlowSpec):
        @skipping(sets={"items": [1, 2, 3]})
        @around
        @step
        def start(self):
            self.next(self.work, foreach="items")

        @skipping(sets={"kind": "b"}, goes_on={"condition": "kind"})
        @step
        def work(self):
            self.next({"a": self.left, "b": self.right}, condition="kind")

        @step
        def left(self):
            self.next(self.gather)

        @replacing(to="gather")
        @around
        @step
        def right(self):
            1 / 0
            self.next(self.gather)

        @step
        def gather(self):
            self.part = self.input * 10
            self.next(self.join)

        @replacing(to="split")
        @step
        def join(self, inputs):
            1 / 0
            self.next(self.split)

        @skipping
        @step
        def split(self):
            self.next(self.one, self.two)

        @around
        @step
        def one(self):
            self.next(self.meet)

        @skipping
        @step
        def two(self):
            self.next(self.meet)

        @around
        @step
        def meet(self, inputs):
            self.merge_artifacts(inputs, exclude=["notes"])
            self.next(self.end)

        @skipping
        @step
        def end(self):
            1 / 0
    """


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
def test_steps_of_every_shape_are_left_out_and_replaced(tools: Project, isolation: str) -> None:
    ran = tools.run(SHAPES, "--isolation", isolation).done()
    assert ran.at("start").notes == ["skipping after"]
    assert (ran.steps, ran.tasks("right")) == (
        {"start", "work", "right", "gather", "join", "split", "one", "two", "meet", "end"},
        {"0", "1", "2"},
    )
    assert ran.at("right", "1").notes[-1] == "instead of right"
    assert ran.at("join").seen == [10, 20, 30]
    assert ran.at("meet").notes == ["around before meet with inputs", "around after meet: None"]
    assert ran.at("end").seen == [10, 20, 30]


def test_a_decorator_s_pre_step_may_say_that_the_step_is_left_out(tools: Project) -> None:
    ran = tools.run(
        """
        from headwater import UserStepDecorator

        class unless(UserStepDecorator):
            def init(self, said):
                self.said = said

            def pre_step(self, step_name, flow, inputs=None):
                self.skip_step = self.said

        class SaidFlow(FlowSpec):
            @unless(said=True)
            @step
            def start(self):
                1 / 0
                self.next(self.middle)

            @unless(said={})
            @step
            def middle(self):
                self.stays = 1
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert (ran.steps, ran.at("middle").stays) == ({"start", "middle", "end"}, 1)


def test_a_switch_by_if_cannot_be_left_out(tools: Project) -> None:
    tools.run(
        """
        from tools import *

        class IfFlow(FlowSpec):
            @skipping
            @step
            def start(self):
                if time.time() > 0:
                    self.next(self.a)
                else:
                    self.next(self.b)

            @step
            def a(self):
                self.next(self.end)

            @step
            def b(self):
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).failed("'start' decides by `if`", "condition=")


def test_each_attempt_has_a_decorator_of_its_own_also_in_one_process(tools: Project) -> None:
    tools.write(
        "from headwater import UserStepDecorator\n"
        "class once(UserStepDecorator):\n"
        "    def init(self):\n"
        "        self.count = 0\n"
        "    def pre_step(self, step_name, flow, inputs=None):\n"
        "        self.count += 1\n"
        "        flow.count = self.count\n",
        "counting.py",
    )
    for isolation in ("none", "fork"):
        ran = line(tools, "", "pass", "--with", "counting.once", "--isolation", isolation).done()
        assert (ran.at("start").count, ran.at("end").count) == (1, 1)


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
def test_one_class_can_mutate_a_step_and_wrap_it(tools: Project, isolation: str) -> None:
    ran = line(tools, "@counted", "pass", "--isolation", isolation).done()
    assert ran.at("start").notes == ["counted ['start']", "step"]
    added = line(tools, "", "pass", "--with", "counted", "--isolation", isolation).done()
    assert added.at("end").notes == ["counted ['start']", "step", "counted ['end']"]


def test_options_that_are_no_data_reach_the_decorator_and_are_kept_as_text(tools: Project) -> None:
    for isolation in ("fork", "spawn"):
        ran = line(tools, "@halves(by=len, kinds=(ValueError,))", "pass", "--isolation", isolation).done()
        assert "<built-in function len>" in ran.at("start").notes[0]
        (kept,) = ran.run.steps[0].decorators
        assert getattr(kept, "options", {})["by"] == "<built-in function len>"


def test_a_flow_shows_the_decorators_of_its_author(tools: Project) -> None:
    ran = line(tools, "@halves(x=1)").done()
    assert "@halves(x=1)" in tools.call("show").done().stdout
    assert "@halves(x=1)" in tools.python("-m", "headwater", "show", ran.pathspec).stdout


def test_a_resumed_run_has_them_too(tools: Project) -> None:
    line(tools, "@around", "raise ValueError('first')", "--with", "halves").failed("first")
    tools.write(LINE.format(above="@around", what="pass"))
    assert tools.call("resume").done().at("end").notes[0] == "around before start"


@pytest.mark.parametrize(
    ("above", "words"),
    [
        ("@halves(1)", ["@halves takes its options by name"]),
        ("@forgiving(x=1)", ["@forgiving was given x and takes no options", "attributes"]),
        ("@around(nme='x')", ["@around(nme='x') could not be made", "nme"]),
        ("@user_step_decorator(lambda a, b, c: None)", ["which has no yield"]),
    ],
)
def test_a_mistake_in_a_decorator_is_told_before_the_run(tools: Project, above: str, words: list[str]) -> None:
    assert line(tools, above).failed(*words).run_id == ""


@pytest.mark.parametrize(
    ("with_", "words"),
    [
        ("nothing_such", ["no decorator 'nothing_such'", "retry", "around", "halves"]),
        ("nowhere.thing", ["there is no module 'nowhere'"]),
        ("tools.thing", ["'tools' has no 'thing'"]),
        ("tools.note", ["no decorator or mutator", "UserStepDecorator"]),
        ("halves:1=a", ["Number them from 0 on"]),
        ("halves:x", ["no option=value"]),
        ("around:nme=x", ["could not be made"]),
        ("retry:0=3", ["@retry takes its options by name"]),
    ],
)
def test_a_mistake_behind_with_is_told_before_the_run(tools: Project, with_: str, words: list[str]) -> None:
    assert line(tools, "", "pass", "--with", with_).failed(*words).run_id == ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return\n    yield", ["ended without a yield"]),
        ("yield\n    yield", ["yields a second time", "one yield"]),
        ("yield 3", ["put 3 in the place of step 'start'", "Give a function"]),
        ("1 / 0\n    yield", ["ZeroDivisionError"]),
    ],
)
def test_a_mistake_while_a_step_runs_fails_it_and_names_the_decorator(
    tools: Project, body: str, words: list[str]
) -> None:
    tools.write(
        "from headwater import user_step_decorator\n@user_step_decorator\n"
        f"def wrong(step_name, flow, inputs):\n    {body}\n",
        "wrong_tools.py",
    )
    line(tools, "@wrong_tools.wrong".replace("@", "import wrong_tools\n@"), "pass").failed(*words)
