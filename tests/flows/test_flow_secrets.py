"""Secrets of steps: their attempts have them, and nothing that leaves these shows them."""

import json
from pathlib import Path

import pytest

from flow_project import Finished, Project
from headwater.artifacts.store import ArtifactStore
from headwater.cards.page import STYLE
from headwater.storage.open import open_storage

SECRET = "hunter2-&-co"
TOKEN = "tok-0123456789"

LEAKY = """
from headwater import card, get_secret, secrets

class Leaky(FlowSpec):
    @secrets(sources=["env-file.prod.env"])
    @step
    def start(self):
        self.names = [name for name in ("DB_PASSWORD", "TOKEN", "KEY") if name in os.environ]
        self.lengths = [len(os.environ[name]) for name in self.names]
        self.shown = {"word": "in a summary"}
        self.next(self.leak)

    @secrets(sources=["env-file.prod.env"])
    @catch(var="caught")
    @card
    @step
    def leak(self):
        import subprocess
        password = os.environ["DB_PASSWORD"]
        print("printed", password, repr(password), {"TOKEN": os.environ["TOKEN"]})
        print(os.environ["KEY"])
        for line in os.environ["KEY"].splitlines():
            print("  |", line)
        for letter in password:
            sys.stderr.write(letter)
            sys.stderr.flush()
            time.sleep(0.01)
        subprocess.run("echo shell $DB_PASSWORD; echo unfinished $TOKEN | tr -d '\\\\n'", shell=True, check=True)
        self.kept = password
        self.stored = [password, {"deep": password}]
        {ending}
        self.next(self.end)

    @secrets(sources=["env-file.prod.env"])
    @step
    def end(self):
        pass
"""
RAISING = """
        error = ValueError("raised with " + password)
        error.add_note("noted " + password)
        try:
            raise KeyError(password)
        except KeyError as cause:
            raise error from cause
"""


@pytest.fixture
def leaky(project: Project) -> Project:
    (project.folder / "prod.env").write_text(
        f"DB_PASSWORD='{SECRET}'\nexport TOKEN={TOKEN}\nKEY='-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----'\n"
    )
    return project


def _source(ending: str = "") -> str:
    return LEAKY.replace("{ending}", ending.strip() or "pass")


def _holding(root: Path, *words: str) -> list[str]:
    """Files below a folder that hold one of the words."""
    files = [path for path in root.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(word.encode() in path.read_bytes() for word in words)]


def _no_secret_in(done: Finished) -> None:
    for text in (done.stdout, done.stderr):
        assert SECRET not in text
        assert TOKEN not in text
        assert "MIIEvQ" not in text
    assert _holding(done.project.root, SECRET, TOKEN, "MIIEvQ") == []


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
@pytest.mark.parametrize("ending", ["", RAISING])
def test_no_file_and_no_output_holds_a_secret_that_a_step_prints_raises_and_stores(
    leaky: Project, isolation: str, ending: str
) -> None:
    done = leaky.run(_source(ending), "--isolation", isolation).done()
    assert done.at("start").lengths == [len(SECRET), len(TOKEN), 44]
    assert "printed *** '***' {'TOKEN': '***'}" in done.stdout
    assert "  | ***" in done.log("leak")
    assert "unfinished ***" in done.log("leak")
    assert done.at("leak").kept == SECRET
    assert "holds a secret" in done.stderr
    _no_secret_in(done)


def test_nor_do_the_events_of_a_run(leaky: Project) -> None:
    done = leaky.run(_source(RAISING), before=("--json",)).done()
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert any("***" in json.dumps(event) for event in told)
    _no_secret_in(done)


def test_nor_does_what_the_commands_show_of_it(leaky: Project) -> None:
    done = leaky.run(_source(RAISING.replace("raise error from cause", "os._exit(3)"))).done()
    assert "MIIEvQ" not in done.log("leak")
    for words in (("show",), ("dump", f"{done.run_id}/leak"), ("logs", f"{done.run_id}/leak")):
        shown = leaky.call(*words)
        assert "MIIEvQ" not in shown.stdout + shown.stderr


def test_a_failure_tells_everything_but_the_secret(leaky: Project) -> None:
    done = leaky.run(_source(RAISING).replace('@catch(var="caught")\n    ', "")).failed("raised with ***")
    failure = done.record("leak", attempt=0).failure
    assert failure is not None
    assert failure.message == "ValueError: raised with ***"
    assert failure.notes == ("noted ***",)
    assert failure.causes[0].message == "KeyError: '***'"
    assert "raised with ***" in failure.traceback
    _no_secret_in(done)


def test_what_catch_leaves_is_masked(leaky: Project) -> None:
    done = leaky.run(_source(RAISING)).done()
    assert done.at("leak").caught.exception == "raised with ***"
    assert SECRET not in str(done.at("leak").caught)


def test_in_the_foreground_what_a_step_writes_as_text_is_masked(leaky: Project) -> None:
    source = _source(RAISING).replace("subprocess.run", "(lambda *_, **__: None)")
    done = leaky.run(source, "--isolation", "none").done()
    assert "printed *** '***'" in done.stdout
    assert done.at("leak").kept == SECRET
    _no_secret_in(done)


def test_the_record_of_a_run_names_the_source_and_nothing_else(project: Project) -> None:
    done = project.run(
        """
        from headwater import secrets

        class Inline(FlowSpec):
            @secrets(sources=[{"type": "inline", "options": {"env_vars": {"WORD": os.environ["GIVEN"]}}}])
            @step
            def start(self):
                self.length = len(os.environ["WORD"])
                print(os.environ["WORD"])
                self.next(self.end)

            @step
            def end(self):
                assert "WORD" not in os.environ
        """
    )
    assert done.code == 1  # GIVEN is not there
    done = project.call("run", environ={"GIVEN": SECRET}).done()
    assert done.at("start").length == len(SECRET)
    assert _holding(project.root, SECRET) == []
    (record,) = done.run.steps[0].decorators
    kept = json.loads((project.root / f"flows/Inline/{done.run_id}/run.json").read_bytes())
    assert kept["steps"][0]["decorators"] == [{"decorator": "secrets", "sources": [{"type": "inline"}]}]
    assert SECRET not in repr(record)


SHAPES = """
from headwater import secrets

class Shapes(FlowSpec):
    @secrets(sources=["env-file.prod.env"])
    @step
    def start(self):
        self.items = [1, 2, 3]
        self.next(self.work, foreach="items")

    @secrets(sources=["env-file.prod.env"])
    @step
    def work(self):
        print(self.input, os.environ["TOKEN"])
        self.got = os.environ["TOKEN"][:3]
        self.next(self.join)

    @step
    def join(self, inputs):
        assert "TOKEN" not in os.environ
        self.all = [one.got for one in inputs]
        self.next(self.open)

    @step
    def open(self):
        self.next(self.gang, num_parallel=2)

    @secrets(sources=["env-file.prod.env"])
    @parallel
    @step
    def gang(self):
        self.got = os.environ["TOKEN"][:3]
        self.next(self.close)

    @secrets(sources=["env-file.prod.env"])
    @step
    def close(self, inputs):
        self.all = [one.got for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_every_task_of_a_foreach_and_of_a_gang_has_them(leaky: Project) -> None:
    done = leaky.run(SHAPES).done()
    assert done.at("join").all == ["tok"] * 3
    assert done.at("close").all == ["tok"] * 2
    assert all(f"{number} ***" in done.stdout for number in (1, 2, 3))
    _no_secret_in(done)


FETCHED = """
from headwater import get_secret

class Fetched(FlowSpec):
    @step
    def start(self):
        found = get_secret("env-file.prod.env")
        print("printed", found["TOKEN"])
        self.there = "TOKEN" in os.environ
        self.token = found["TOKEN"]
        raise ValueError("raised with " + found["TOKEN"])

    @step
    def end(self):
        pass
""".replace("raise ValueError", "if 'FAIL' in os.environ: raise ValueError").replace(
    'found["TOKEN"])\n\n', 'found["TOKEN"])\n        self.next(self.end)\n\n'
)


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_a_secret_that_a_step_fetches_is_masked_from_there_on(leaky: Project, isolation: str) -> None:
    leaky.write(FETCHED)
    done = leaky.call("run", "--isolation", isolation).done()
    assert done.at("start").there is False
    assert done.at("start").token == TOKEN
    assert "printed ***" in done.stdout
    _no_secret_in(done)
    failed = leaky.call("run", "--isolation", isolation, environ={"FAIL": "1"}).failed("raised with ***")
    _no_secret_in(failed)


def test_a_secret_is_fetched_once_a_run(leaky: Project) -> None:
    """The file is gone when the second step begins."""
    source = SHAPES.replace("self.items = [1, 2, 3]", "self.items = [1, 2, 3]; os.unlink('prod.env')")
    assert leaky.run(source).done().at("join").all == ["tok"] * 3


def test_sources_may_be_known_only_when_the_configs_are(leaky: Project) -> None:
    (leaky.folder / "where.json").write_text('{"sources": ["env-file.prod.env"], "name": "TOKEN"}')
    source = SHAPES.replace(
        "class Shapes(FlowSpec):", "class Shapes(FlowSpec):\n    where = Config('where', default='where.json')"
    )
    source = source.replace("import secrets", "import Config, secrets").replace(
        'sources=["env-file.prod.env"]', "sources=where.sources"
    )
    done = leaky.run(source).done()
    assert done.at("join").all == ["tok"] * 3
    _no_secret_in(done)


def test_a_card_is_whole_although_a_secret_is_a_word_of_its_code(leaky: Project) -> None:
    (leaky.folder / "prod.env").write_text(f"DB_PASSWORD={SECRET}\nTOKEN=null\nKEY=width\n")
    done = leaky.run(_source()).done()
    (card,) = done.record("leak").cards
    page = ArtifactStore(open_storage(str(leaky.root))).load_blob(card.page, "a card").decode()
    assert SECRET not in page
    assert page.count(STYLE) == 1
    assert "hw-card" in page
