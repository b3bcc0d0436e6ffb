"""Parameters, constants, properties and what a flow inherits."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project

MIXINS = """
from headwater import FlowSpec, Parameter, retry, step

class Rates:
    rate = 0.5

    @property
    def doubled(self):
        return self.rate * 2

    def helper(self, n):
        return n * self.doubled

class FamilyBase(Rates, FlowSpec):
    depth = Parameter("depth", default=3)
    colour = "base"

    @retry(times=1, minutes_between_retries=0)
    @step
    def start(self):
        self.next(self.middle)

    @step
    def middle(self):
        self.place = "base"
        self.next(self.end)
"""

TYPES = """
import click
from family import FamilyBase

def from_clock(context):
    with open("calls", "a") as calls:
        calls.write(context.parameter_name + "\\n")
    return len(context.flow_name)

class TypesFlow(FamilyBase):
    colour = "own"
    constants = [1, 2]
    whole = Parameter("whole", default=1)
    share = Parameter("share", default=0.5)
    flag = Parameter("flag", default=False)
    text = Parameter("text")
    data = Parameter("data", type=JSONType, default='{"a": [1]}')
    plain = Parameter("plain", type=JSONType, default=[1, 2])
    words = Parameter("words", default="a,b", separator=",")
    no_words = Parameter("no-words", default="", separator=",")
    choice = Parameter("choice", type=click.Choice(["red", "blue"]), default="red")
    span = Parameter("span", type=click.IntRange(0, 10), default=4)
    counted = Parameter("counted", default=from_clock, type=int)
    renamed = Parameter("other-name", default="x")

    @step
    def middle(self):
        self.plain.append(3)
        self.plain_again = list(self.plain)
        self.refused = []
        for name in ("whole", "colour", "doubled", "end"):
            try:
                setattr(self, name, 5)
            except AttributeError as exc:
                self.refused.append(str(exc))
        self.names = current.parameter_names
        self.property = self.helper(4), self.doubled
        self.next(self.a, self.b)

    @step
    def a(self):
        self.next(self.join)

    @step
    def b(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.in_join = self.whole, self.colour, self.constants, self.rate
        self.of_inputs = [
            (i.name, i.whole, i.colour, i.words, i.doubled, i.helper(4), hasattr(i, "none")) for i in inputs
        ]
        self.next(self.end)

    @step
    def end(self):
        self.all = dict(
            whole=self.whole, share=self.share, flag=self.flag, text=self.text, data=self.data, plain=self.plain,
            words=self.words, no_words=self.no_words, choice=self.choice, span=self.span, counted=self.counted,
            renamed=self.renamed, depth=self.depth,
        )
"""


@pytest.fixture(scope="module")
def defaults(new_project: Callable[[], Project]) -> Finished:
    project = new_project()
    project.write(MIXINS, "family.py")
    return project.run(TYPES).done()


def test_b14_assigning_to_a_parameter_or_constant_is_refused(defaults: Finished) -> None:
    messages = defaults.at("middle").refused
    assert len(messages) == 4
    assert all("not modifiable" in message for message in messages)
    assert [message.split("'")[1] for message in messages] == ["whole", "colour", "doubled", "end"]


def test_a_fresh_parameters_are_handed_out_each_time(defaults: Finished) -> None:
    assert defaults.at("middle").plain_again == [1, 2]
    assert defaults.at("end").all["plain"] == [1, 2]


def test_b15_constants_of_mixins_and_bases_are_kept_with_the_run_and_seen_everywhere(defaults: Finished) -> None:
    assert {"rate", "colour", "constants"} <= set(defaults.run.constants)
    assert not {"doubled", "helper", "start"} & set(defaults.run.constants)
    assert defaults.at("join").in_join == (1, "own", [1, 2], 0.5)
    assert defaults.at("middle").property == (4.0, 1.0)
    assert "rate" not in defaults.at("middle")


def test_inputs_of_a_join_have_the_parameters_constants_properties_and_methods_of_the_flow(defaults: Finished) -> None:
    assert defaults.at("join").of_inputs == [("TypesFlow", 1, "own", ["a", "b"], 1.0, 4.0, False)] * 2


def test_steps_of_a_base_class_in_another_file_can_be_replaced_or_kept(defaults: Finished) -> None:
    assert defaults.tasks("start") == {"0"}
    assert "place" not in defaults.at("middle")


def test_b16_parameter_names_are_the_attributes_sorted(defaults: Finished) -> None:
    names = defaults.at("middle").names
    assert names == sorted(names)
    assert {"renamed", "no_words", "depth"} <= set(names)


def test_b17_a_default_that_is_a_function_is_called_once_in_the_launcher(defaults: Finished) -> None:
    assert (defaults.project.folder / "calls").read_text() == "counted\n"
    assert defaults.at("end").all["counted"] == len("TypesFlow")


def test_b18_separators_types_and_defaults(defaults: Finished) -> None:
    values = defaults.at("end").all
    assert values["words"] == ["a", "b"]
    assert values["no_words"] == ""
    assert values["text"] is None
    assert values["data"] == {"a": [1]}
    assert (values["whole"], values["share"], values["flag"]) == (1, 0.5, False)


def test_values_from_the_command_line_have_the_type_of_their_parameter(defaults: Finished) -> None:
    ran = defaults.project.call(
        *("run", "--whole", "7", "--share", "2", "--flag", "true", "--text", "12", "--data", "[1, null]"),
        *("--words", "x,y,z", "--choice", "blue", "--span", "9", "--counted", "1", "--other-name", "y"),
        environ={"HEADWATER_RUN_DEPTH": "8", "HEADWATER_RUN_WHOLE": "9"},
    ).done()
    values = ran.at("end").all
    assert values["whole"] == 7
    assert values["share"] == 2.0
    assert isinstance(values["share"], float)
    assert values["flag"] is True
    assert values["text"] == "12"
    assert values["data"] == [1, None]
    assert values["words"] == ["x", "y", "z"]
    assert (values["choice"], values["span"], values["counted"], values["renamed"]) == ("blue", 9, 1, "y")
    assert values["depth"] == 8
    assert (defaults.project.folder / "calls").read_text() == "counted\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--whole", "many"), "many"),
        (("--data", "{"), "JSON"),
        (("--choice", "green"), "green"),
        (("--span", "11"), "11"),
        (("--unknown", "1"), "--unknown"),
    ],
)
def test_b19_a_wrong_option_exits_with_2_before_a_run_exists(
    defaults: Finished, words: tuple[str, ...], said: str
) -> None:
    ended = defaults.project.call("run", *words)
    assert ended.code == 2, ended.stderr
    assert said in ended.stderr
    assert ended.run_id == ""


def test_b19_an_unknown_command_exits_with_2_and_a_failed_run_with_1(project: Project) -> None:
    project.run(
        """
        class BrokenFlow(FlowSpec):
            n = Parameter("n", required=True)

            @step
            def start(self):
                1 / 0
                self.next(self.end)

            @step
            def end(self):
                pass
        """,
        "--n=3",
    ).failed("division by zero", code=1)
    project.call("wlak").failed("wlak", code=2)
    ended = project.call("run")
    assert ended.code in (1, 2)
    assert "n" in ended.stderr
    assert ended.run_id == ""


def test_defaults_that_raise_stops_the_command_before_a_run_exists(project: Project) -> None:
    ended = project.run(
        """
        def broken(context):
            raise LookupError("no weather today")

        class DefaultFlow(FlowSpec):
            weather = Parameter("weather", default=broken)

            @step
            def start(self):
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    )
    ended.failed("weather", "no weather today")
    assert ended.run_id == ""


TYPED = """
import datetime, enum, pathlib
from dataclasses import dataclass
from typing import Literal

class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"

@dataclass
class Model:
    rate: float = 0.1
    colour: Colour = Colour.RED

class TypedFlow(FlowSpec):
    colour = Parameter("colour", default=Colour.RED, help="Of the line.")
    mode = Parameter("mode", type=Literal["fast", "slow"], default="fast")
    day = Parameter("day", default=datetime.date(2026, 1, 31))
    wait = Parameter("wait", default=datetime.timedelta(minutes=90))
    path = Parameter("path", default=pathlib.Path("data.csv"))
    sizes = Parameter("sizes", type=list[int], default=[1, 2])
    model = Parameter("model", default=Model())

    @step
    def start(self):
        self.seen = repr([self.colour, self.mode, self.day, self.wait, self.path, self.sizes, self.model])
        self.next(self.work, foreach="sizes")

    @step
    def work(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        assert self.colour is Colour.GREEN, "only after it was corrected"
        self.next(self.end)

    @step
    def end(self):
        self.seen = repr([self.colour, self.model])
"""


def test_typed_parameters_reach_steps_survive_resume_and_are_read_without_the_authors_classes(project: Project) -> None:
    words = ("--colour", "red", "--day", "2026-02-01", "--wait", "45m", "--model", '{"rate": 0.5, "colour": "green"}')
    ran = project.run(TYPED, *words, "--sizes", "3,4,5").failed("only after it was corrected")
    assert ran.at("start").seen == (
        "[<Colour.RED: 'red'>, 'fast', datetime.date(2026, 2, 1), datetime.timedelta(seconds=2700), "
        "PosixPath('data.csv'), [3, 4, 5], Model(rate=0.5, colour=<Colour.GREEN: 'green'>)]"
    )
    assert len(ran.tasks("work")) == 3
    assert {name: ref.type for name, ref in ran.run.parameters.items()} == {
        "colour": "builtins.str",
        "mode": "builtins.str",
        "day": "datetime.date",
        "wait": "datetime.timedelta",
        "path": "pathlib.PosixPath",
        "sizes": "builtins.list",
        "model": "builtins.dict",
    }
    project.write(TYPED.replace("assert self.colour is Colour.GREEN", "assert self.colour is Colour.RED"))
    resumed = project.call("resume").done()
    assert resumed.at("end").seen == "[<Colour.RED: 'red'>, Model(rate=0.5, colour=<Colour.GREEN: 'green'>)]"


def test_a_type_reads_its_value_from_the_environment_and_the_help_shows_types_choices_and_defaults(
    project: Project,
) -> None:
    project.write(TYPED)
    wrong = project.call("run", environ={"HEADWATER_RUN_COLOUR": "gren"})
    wrong.failed("'colour'", "'gren'", "did you mean 'green'?", code=2)
    ran = project.call("run", environ={"HEADWATER_RUN_COLOUR": "green", "HEADWATER_RUN_MODEL": '{"rate": 2}'}).done()
    assert ran.at("end").seen == "[<Colour.GREEN: 'green'>, Model(rate=2.0, colour=<Colour.RED: 'red'>)]"
    shown = " ".join(project.call("run", "--help").done().stdout.split())
    for words in (
        "--colour [red|green] Of the line. [default: red]",
        "--mode [fast|slow] [default: 'fast']",
        "--day DATE [default: 2026-01-31]",
        "--wait DURATION [default: 1h30m]",
        "--path PATH [default: data.csv]",
        "--sizes LIST[INT] [default: 1,2]",
    ):
        assert words in shown
