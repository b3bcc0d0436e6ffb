"""Flows with configs, run for real: by command line and program, in every kind of process, resumed and read back."""

import json

import pytest

from flow_project import Project

SOURCE = """
    from headwater import Config, config_expr

    class TunedFlow(FlowSpec):
        config = Config("config", default="config.json", help="How to train.")
        plain = Config("plain", default_value='["a", "b"]', plain=True)
        rate = Parameter("rate", default=config.train.rate)
        twice = Parameter("twice", default=lambda context: context.configs.config.train.rate * 2, type=float)

        @retry(times=config.retries, minutes_between_retries=0)
        @environment(vars={"KIND": config.kind})
        @step
        def start(self):
            self.seen = (self.config.train.rate, self.config["kind"], self.plain, self.rate, self.twice)
            self.variable = os.environ.get("KIND")
            self.attempts = current.retry_count
            self.names = current.parameter_names
            if current.retry_count < self.config.fails:
                raise ValueError("again")
            self.next({self.config.kind: self.chosen, "other": self.end}, condition="kind_of_run")

        kind_of_run = config.kind

        @step
        def chosen(self):
            self.chosen_by = self.config.kind
            if os.path.exists("broken"):
                raise ValueError("broken")
            self.next(self.end)

        @step
        def end(self):
            pass
    """
CONFIG = {"train": {"rate": 0.5}, "kind": "fast", "retries": 1, "fails": 1}


@pytest.fixture
def tuned(project: Project) -> Project:
    project.write(SOURCE)
    (project.folder / "config.json").write_text(json.dumps(CONFIG))
    return project


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_a_config_is_the_same_in_decorators_parameters_switches_and_steps(tuned: Project, isolation: str) -> None:
    ran = tuned.call("run", "--isolation", isolation).done()
    assert ran.at("start").seen == (0.5, "fast", ["a", "b"], 0.5, 1.0)
    assert ran.at("start").variable == ("fast" if isolation != "none" else None)
    assert ran.at("start").attempts == 1
    assert ran.at("start").names == ["config", "plain", "rate", "twice"]
    assert ran.at("end").chosen_by == "fast"


def test_a_run_keeps_its_configs_and_readers_show_them(tuned: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    import headwater

    ran = tuned.call("run").done()
    assert set(ran.run.configs) == {"config", "plain"}
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(tuned.root))
    headwater.namespace(None)
    run = headwater.Run(ran.pathspec)
    assert run.data is not None
    assert (run.data.config, run.data.plain) == (CONFIG, ["a", "b"])
    assert type(run.data.config) is dict
    assert "config" in next(iter(run["end"]))
    shown = tuned.python("-m", "headwater", "show", ran.pathspec)
    assert "config" in shown.stdout
    assert set(json.loads(tuned.python("-m", "headwater", "show", ran.pathspec, "--json").stdout)["configs"]) == {
        "config",
        "plain",
    }
    other = tuned.call("run", "--config-value", "config", json.dumps({**CONFIG, "kind": "slow"})).done()
    differing = json.loads(tuned.python("-m", "headwater", "diff", ran.pathspec, other.pathspec, "--json").stdout)
    assert [one["name"] for one in differing["parameters"]] == ["config"]


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--config", "config", "other.json"),
        ("--config", "config", "other.json", "run"),
        ("--config", "CONFIG", "other.json", "run"),
        ("run", "--config-value", "config", json.dumps({**CONFIG, "train": {"rate": 2}})),
        ("--config-value", "config", json.dumps({**CONFIG, "train": {"rate": 2}}), "run"),
    ],
)
def test_a_config_is_given_before_the_command_or_behind_it(tuned: Project, words: tuple[str, ...]) -> None:
    (tuned.folder / "other.json").write_text(json.dumps({**CONFIG, "train": {"rate": 2}}))
    assert tuned.call(*words).done().at("start").seen[0] == 2


def test_a_config_is_given_by_the_environment_and_by_headwater_run_of_a_file(tuned: Project) -> None:
    value = json.dumps({"config": {**CONFIG, "train": {"rate": 3}}})
    assert tuned.call("run", environ={"HEADWATER_FLOW_CONFIG_VALUE": value}).done().at("start").seen[0] == 3
    (tuned.folder / "other.json").write_text(json.dumps({**CONFIG, "train": {"rate": 4}}))
    ran = tuned.python("-m", "headwater", "run", "flow.py", "--config", "config", "other.json").done()
    assert ran.at("start").seen[0] == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--config", "config", "nowhere.json"), "nowhere.json"),
        (("run", "--config", "confg", "config.json"), "Did you mean 'config'?"),
        (
            ("run", "--config", "config", "config.json", "--config-value", "config", "{}"),
            "both as a file and as a value",
        ),
        (("run", "--config", "config", "a.json", "--config", "config", "b.json"), "given twice"),
        (("run", "--config-value", "config", "{"), "not valid JSON"),
        (("run", "--config-value", "config", "[1]"), "no mapping"),
        (("run", "--config-value", "config", "{}"), "config.train cannot be found"),
        (("check", "--config-value", "config", "{}"), "config.train cannot be found"),
        (("resume", "--config", "config", "config.json"), "resume takes no configs (config)"),
    ],
)
def test_a_mistake_on_the_command_line_is_a_usage_error_and_no_run(
    tuned: Project, words: tuple[str, ...], said: str
) -> None:
    assert tuned.call(*words).failed(said, code=2).run_id == ""


def test_the_help_tells_of_configs_also_where_they_cannot_be_read(tuned: Project) -> None:
    (tuned.folder / "config.json").unlink()
    for words in (("--help",), ("run", "--help")):
        shown = tuned.call(*words).done()
        assert "--config NAME FILE" in shown.stdout
    assert "How to train.  [file: config.json]" in tuned.call("--help").stdout
    tuned.call("run").failed("'config' cannot be read from config.json, its default", code=2)


def test_b20_a_resumed_run_has_the_configs_of_its_origin(tuned: Project) -> None:
    (tuned.folder / "broken").touch()
    failed = tuned.call("run").failed("broken")
    (tuned.folder / "broken").unlink()
    (tuned.folder / "config.json").unlink()
    value = {"HEADWATER_FLOW_CONFIG_VALUE": json.dumps({"config": {}})}
    resumed = tuned.call("resume", environ=value).done()
    assert (resumed.at("end").chosen_by, resumed.run.origin_run_id) == ("fast", failed.run_id)
    assert resumed.run.configs == failed.run.configs
    assert resumed.run.steps == failed.run.steps
    tuned.call("resume", "--origin-run-id", "1").failed("There is no run '1' of TunedFlow")


def test_a_resumed_run_reads_a_config_that_its_origin_had_not(tuned: Project) -> None:
    tuned.run(
        """
        class TunedFlow(FlowSpec):
            @step
            def start(self):
                1 / 0
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).failed("ZeroDivisionError")
    tuned.write(SOURCE)
    assert tuned.call("resume").done().at("start").seen[0] == 0.5


def test_a_large_config_and_one_of_another_type_come_back_in_every_process(project: Project) -> None:
    project.write(
        """
        from datetime import date
        from headwater import Config

        class BigFlow(FlowSpec):
            big = Config("big", default_value={"words": ["x" * 100] * 1000})
            when = Config("when", default_value="2024-01-01", parser=date.fromisoformat, plain=True)

            @step
            def start(self):
                self.found = (len(self.big.words), self.when.year)
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    )
    for isolation in ("fork", "spawn"):
        assert project.call("run", "--isolation", isolation).done().at("start").found == (1000, 2024)


def test_a_step_cannot_set_a_config_and_change_only_its_own_copy(project: Project) -> None:
    ran = project.run(
        """
        from headwater import Config

        class FixedFlow(FlowSpec):
            config = Config("config", default_value={"a": [1]})

            @step
            def start(self):
                self.config.a.append(2)
                try:
                    self.config.a = 3
                except TypeError as exc:
                    self.said = str(exc)
                try:
                    self.config = {}
                except AttributeError as exc:
                    self.refused = str(exc)
                self.next(self.end)

            @step
            def end(self):
                self.after = self.config.a
        """
    ).done()
    assert ran.at("end").after == [1]
    assert "to_dict()" in ran.at("start").said
    assert "not modifiable" in ran.at("start").refused


PROGRAM = """
import headwater, sys
from flow import TunedFlow

run = headwater.run(TunedFlow, configs={{"config": {config}}}, rate=7, quiet=True)
print(run.data.config["kind"], run.data.rate, run["start"].task.data.seen[0])
"""


@pytest.mark.parametrize("config", ["'other.json'", "__import__('pathlib').Path('other.json')", "OTHER"])
def test_a_program_gives_configs_as_paths_and_as_values(tuned: Project, config: str) -> None:
    other = {**CONFIG, "kind": "slow", "train": {"rate": 9}}
    (tuned.folder / "other.json").write_text(json.dumps(other))
    program = PROGRAM.format(config=config.replace("OTHER", repr(other)))
    assert tuned.python("-c", program).stdout.splitlines()[-1] == "slow 7 9"


def test_two_runs_of_one_program_have_their_own_configs(tuned: Project) -> None:
    program = """
import headwater
from flow import TunedFlow
config = {"train": {"rate": 1}, "kind": "fast", "retries": 0, "fails": 0}
runs = [headwater.run(TunedFlow, configs={"config": {**config, "kind": kind}}, quiet=True) for kind in ("a", "b")]
print([(run.data.kind_of_run, run["chosen"].task.data.chosen_by) for run in runs])
"""
    assert tuned.python("-c", program).stdout.splitlines()[-1] == "[('a', 'a'), ('b', 'b')]"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("headwater.run(TunedFlow, configs={'confg': {}})", "has no config 'confg'"),
        ("headwater.run(TunedFlow, configs={'config': 'nowhere.json'})", "nowhere.json"),
        ("headwater.resume(TunedFlow, configs={})", "configs"),
    ],
)
def test_a_mistake_of_a_program_is_an_error_and_no_run(tuned: Project, call: str, said: str) -> None:
    ended = tuned.python("-c", f"import headwater\nfrom flow import TunedFlow\n{call}\n")
    assert (ended.code, said in ended.stderr, tuned.run_ids()) == (1, True, frozenset())


def test_the_code_package_keeps_what_mutators_ask_for(project: Project) -> None:
    project.write(
        """
        from headwater import package_suffixes

        @package_suffixes([".words"])
        class KeptFlow(FlowSpec):
            @step
            def start(self):
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    )
    (project.folder / "list.words").write_text("a b c")
    assert "list.words" in project.call("package", "list").done().stdout.split()
    ran = project.call("run").done()
    assert "list.words" in project.python("-m", "headwater", "code", ran.pathspec).stdout.split()


def test_configs_reach_files_projects_foreaches_and_artifacts(project: Project) -> None:
    (project.folder / "words.txt").write_text("one two")
    ran = project.run(
        """
        from headwater import Config, IncludeFile, project

        CONFIG = {"file": "words.txt", "project": "weather", "sizes": [1, 2], "part": {"a": {"b": 1}}}
        config = Config("settings", default_value=CONFIG)

        @project(name=config.project)
        class WideFlow(FlowSpec):
            settings = config
            words = IncludeFile("words", default=config.file)

            @step
            def start(self):
                self.sizes = self.settings.sizes
                self.part = self.settings.part
                self.next(self.work, foreach="sizes")

            @step
            def work(self):
                self.found = (self.input, self.words, self.part.a.b, current.project_name)
                self.next(self.join)

            @step
            def join(self, inputs):
                self.found = [one.found for one in inputs] + [self.settings.file]
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ran.at("end").found == [(1, "one two", 1, "weather"), (2, "one two", 1, "weather"), "words.txt"]
    assert ran.at("start").part == {"a": {"b": 1}}
