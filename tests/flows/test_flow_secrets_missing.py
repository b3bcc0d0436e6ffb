"""Secrets that a step cannot have: the attempt fails before it starts, with the remedy."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from flow_project import Project

FAILING = """
from headwater import secrets

class Failing(FlowSpec):
    @step
    def start(self):
        self.next(self.work)

    {above}
    @secrets({sources})
    @step
    def work(self):
        self.ran = True
        self.next(self.end)

    @step
    def end(self):
        self.caught = getattr(self, "reason", None)
"""


def _failing(above: str = "", sources: str = "sources=['env-file.missing.env']") -> str:
    return FAILING.replace("{above}", above).replace("{sources}", sources)


def test_a_secret_that_cannot_be_had_fails_the_attempt_before_it_starts(project: Project) -> None:
    done = project.run(_failing()).failed("work/0 failed", "missing.env cannot be read: No such file", "Make the file")
    record = done.record("work", attempt=0)
    assert record.pid == 0
    assert record.failure is not None
    assert record.failure.type == "headwater.errors.SecretsError"
    assert not (project.root / f"flows/Failing/{done.run_id}/logs").exists()


def test_it_is_tried_again_as_often_as_retry_says(project: Project) -> None:
    done = project.run(_failing("@retry(times=2, minutes_between_retries=0)")).failed("missing.env")
    assert [done.record("work", attempt=number).attempt for number in (0, 1, 2)] == [0, 1, 2]


def test_a_retry_finds_what_is_there_by_then(project: Project) -> None:
    source = _failing("@retry(times=1, minutes_between_retries=0.02)")
    project.write(source)
    process = project.start("run", "--quiet")
    while not list(project.root.glob("flows/*/*/tasks/work/0@0.json")):
        assert process.poll() is None
    (project.folder / "missing.env").write_text("FOUND=now")
    assert project.finished(process).done().at("work").ran


def test_catch_lets_the_run_go_on_without_it(project: Project) -> None:
    done = project.run(_failing("@catch(var='reason')")).done()
    assert "missing.env cannot be read" in str(done.at("end").caught)
    assert "ran" not in done.at("work")


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ("sources=['nowhere']", ["'nowhere' names no back end", "env-file", "secrets_backend"]),
        ("sources=[{'type': 'vault', 'id': 'x'}]", ["no secrets called 'vault'", "Known: ", "env-file"]),
        ("sources=[{'type': 'env-file', 'id': 'x', 'options': {'json': 1}}]", ["option 'json'", "It takes none"]),
        ("sources=['gcp-secret-manager.x']", ["Google Cloud Secret Manager cannot be fetched yet", "env-file.PATH"]),
        ("sources=['az-key-vault.x']", ["Azure Key Vault cannot be fetched yet", "env-file.PATH"]),
        ("sources=['env-file.a.env', 'env-file.b.env']", ["give the variable 'A'", "env-file.b.env", "Remove one"]),
        ("sources=['env-file.path.env']", ["would replace the variable 'PATH'", "allow_override=True"]),
        ("sources=['env-file.ours.env']", ["'HEADWATER_USER'", "are settings"]),
    ],
)
def test_every_misuse_ends_in_an_error_that_names_it_and_the_remedy(
    project: Project, sources: str, words: list[str]
) -> None:
    files = {"a": "A=1", "b": "A=hidden-b", "path": "PATH=hidden-p", "ours": "HEADWATER_USER=hidden-o"}
    for name, text in files.items():
        (project.folder / f"{name}.env").write_text(text)
    done = project.run(_failing(sources=sources)).failed("work/0 failed", *words)
    assert "hidden-" not in done.stderr


def test_a_variable_may_be_replaced_when_that_is_allowed(project: Project) -> None:
    (project.folder / "home.env").write_text("SOME_HOME=hidden-home\nOF_STEP=hidden-step")
    source = _failing("@environment(vars={'OF_STEP': 'x'})", "sources=['env-file.home.env'], allow_override=True")
    source = source.replace("self.ran = True", "self.ran = os.environ['SOME_HOME'][-4:], os.environ['OF_STEP'][-4:]")
    project.write(source)
    done = project.call("run", environ={"SOME_HOME": "before"}).done()
    assert done.at("work").ran == ("home", "step")


def test_a_variable_of_the_steps_environment_is_not_replaced_unasked(project: Project) -> None:
    (project.folder / "home.env").write_text("OF_STEP=hidden-step")
    source = _failing("@environment(vars={'OF_STEP': 'x'})", "sources=['env-file.home.env']")
    project.run(source).failed("would replace the variable 'OF_STEP'")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("sources='env-file.x'", "takes a list"),
        ("sources=[1]", "a source that is of type int"),
        ("sources=['']", "a source that is empty"),
        ("sources=[{'type': 'env-file', 'name': 'x'}]", "'name', which no source has"),
        ("sources=[{'type': 'env-file'}]", "a source without an id"),
        ("sources=[{'type': 'inline', 'options': {'env': {'A': 'hidden-a'}}}]", '"env_vars"'),
        ("sources=[{'type': 'inline', 'options': {'env_vars': {'A': 12345678}}}]", "'A' is no text"),
        ("sources=[{'type': 'env-file', 'id': 'x', 'options': 3}]", "options are no dict"),
        ("source=['x']", "no option 'source'. It takes sources, role, allow_override."),
        ("role=3, sources=[{'type': 'inline', 'options': {'env_vars': {'A': 'hidden-a'}}}]", "role takes a text"),
        ("allow_override=3", "allow_override takes True or False"),
    ],
)
def test_options_that_cannot_be_are_refused_when_the_file_is_read(project: Project, options: str, words: str) -> None:
    done = project.run(_failing(sources=options))
    assert done.code == 1
    assert words in done.stderr
    assert "DecoratorError" in done.stderr
    assert done.run_id == ""


def test_values_on_a_command_line_are_refused(project: Project) -> None:
    spec = 'secrets:sources=[{"type":"inline","options":{"env_vars":{"A":"hidden-a"}}}]'
    project.run(_failing(sources="sources=[]"), "--with", spec).failed(
        "everybody can see what stands on a command line"
    )


def test_with_adds_secrets_to_the_steps_that_have_none(project: Project) -> None:
    (project.folder / "prod.env").write_text("TOKEN=hidden-token")
    printing = "print(os.environ['TOKEN'])\n        self.next(self.work)"
    source = _failing(sources="sources=[]").replace("self.next(self.work)", printing)
    done = project.run(source, "--with", 'secrets:sources=["env-file.prod.env"]').done()
    assert done.stdout.strip().endswith("***")


def test_a_short_secret_is_said_to_be_shown_and_once(project: Project) -> None:
    (project.folder / "missing.env").write_text("PIN=123")
    done = project.run(_failing().replace("self.ran = True", "print(os.environ['PIN'])")).done()
    assert done.stderr.count("Secrets of fewer than 4 characters are not masked in output: PIN.") == 1
    assert "123" in done.stdout


def _install_keyring(project: Project) -> None:
    """A back end as another package brings it along."""
    folder = project.folder / "other-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[headwater.secrets]\nkeyring = other:Keyring\n")
    project.write(
        """
        from headwater.vault.base import SecretsBackend

        class Keyring(SecretsBackend):
            options = ("letters",)

            def fetch(self, secret_id, options, role):
                return {"FROM_KEYRING": f"{secret_id} {role} {options.get('letters')}"}
        """,
        "other.py",
    )


def test_a_back_end_may_come_from_another_package(project: Project) -> None:
    _install_keyring(project)
    source = _failing(sources="sources=['keyring.login'], role='reader'")
    done = project.run(source.replace("self.ran = True", "self.ran = os.environ['FROM_KEYRING']")).done()
    assert done.at("work").ran == "login reader None"
    project.write(
        "class Keyring:\n    options = ()\n    def fetch(self, *_):\n        raise RuntimeError('hidden-')\n",
        "other.py",
    )
    project.call("run").failed("keyring.login cannot be fetched: keyring raised RuntimeError", "get_secret")


@pytest.mark.parametrize(
    ("options", "role"),
    [
        ("sources=[{'type': 'keyring', 'id': 'login', 'role': 'of-source'}], role='of-step'", "of-source"),
        ("sources=['keyring.login'], role='of-step'", "of-step"),
        ("sources=['keyring.login']", "of-settings"),
    ],
)
def test_a_role_is_the_sources_the_decorators_or_the_settings(project: Project, options: str, role: str) -> None:
    _install_keyring(project)
    project.write(_failing(sources=options).replace("self.ran = True", "self.ran = os.environ['FROM_KEYRING']"))
    done = project.call("run", environ={"HEADWATER_SECRETS_ROLE": "of-settings"}).done()
    assert done.at("work").ran == f"login {role} None"


def test_ctrl_c_ends_a_run_that_waits_for_a_secret(project: Project) -> None:
    pipe = project.folder / "missing.env"
    os.mkfifo(pipe)
    project.write(_failing())
    process = project.start("run")
    writer = _await_reader(pipe)
    try:
        process.send_signal(signal.SIGINT)
        assert project.finished(process).code == 130
    finally:
        os.close(writer)


def _await_reader(pipe: Path) -> int:
    """The writing end of a pipe that somebody reads."""
    while True:
        with suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_a_back_end_without_its_library_says_what_to_install(project: Project) -> None:
    project.write("raise ModuleNotFoundError('No module named boto3', name='boto3')", "boto3.py")
    source = _failing(sources="sources=['aws-secrets-manager.prod/db']")
    project.run(source).failed("aws-secrets-manager.prod/db", "needs boto3. Install it: pip install 'headwater[aws]'")


def test_all_nodes_of_a_gang_are_refused_and_caught_together(project: Project) -> None:
    done = project.run(
        """
        from headwater import secrets

        class Gang(FlowSpec):
            @step
            def start(self):
                self.next(self.work, num_parallel=2)

            @catch(var="reason")
            @secrets(sources=["env-file.missing.env"])
            @parallel
            @step
            def work(self):
                self.next(self.join)

            @step
            def join(self, inputs):
                self.reasons = [str(one.reason) for one in inputs]
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    assert ["missing.env" in reason for reason in done.at("join").reasons] == [True, True]
