"""Several runs and resumes in one root at the same time: each does its own, and the index has them all."""

import subprocess
import sys

from flow_project import Finished, Project
from headwater.metadata.index import Index
from headwater.metadata.rebuild import rebuild
from headwater.storage.open import open_storage
from processes import headwater, launch, read_pid

FAN = """
class Fan(FlowSpec):
    @step
    def start(self):
        self.items = list(range(40))
        self.next(self.one, foreach="items")

    @resources(cpu=0.25)
    @step
    def one(self):
        self.square = self.input ** 2
        with open(f"did-{current.run_id}-{self.input}", "x"):
            pass
        self.next(self.join)

    @step
    def join(self, inputs):
        if not os.path.exists("go"):
            raise RuntimeError("not yet")
        self.total = sum(each.square for each in inputs)
        self.next(self.end)

    @step
    def end(self):
        print("total", self.total)
"""
TOTAL = sum(number**2 for number in range(40))


def test_two_runs_and_then_two_resumes_at_once(project: Project) -> None:
    project.write(FAN)
    before = project.run_ids()
    first = [launch(project, "run", "--run-id-file", f"run-{number}") for number in range(2)]
    for driver in first:
        project.finished(driver).failed("join/0 failed", "not yet")
    run_ids = [(project.folder / f"run-{number}").read_text() for number in range(2)]
    assert len(set(run_ids)) == 2
    assert project.run_ids() - before == set(run_ids)
    (project.folder / "go").touch()

    resumes = [launch(project, "resume", "--origin-run-id", run_id) for run_id in run_ids]
    # and two more of the same origin
    resumes += [launch(project, "resume", "--origin-run-id", run_ids[0]) for _ in range(2)]
    for driver in resumes:
        assert f"total {TOTAL}" in project.finished(driver).done().stdout

    assert len(list(project.folder.glob("did-*"))) == 80, "no item ran twice"
    assert len(project.run_ids()) == 6
    with open_storage(str(project.root)) as storage, Index(project.root / "index.db") as index, Index(None) as fresh:
        assert rebuild(fresh, storage) == []
        assert index.dump() == fresh.dump()


def test_a_run_that_is_still_going_cannot_be_resumed(project: Project) -> None:
    source = """
class Going(FlowSpec):
    @step
    def start(self):
        with open("pid", "w") as file:
            file.write(f"{os.getpid()}\\n")
        while not os.path.exists("go"):
            time.sleep(0.005)
        self.next(self.end)

    @step
    def end(self):
        pass
"""
    project.write(source)
    driver = launch(project, "run", "--run-id-file", "id")
    read_pid(project.folder / "pid", driver)

    project.call("resume", "--grace-s", "0.1").failed("still alive", str(driver.pid), "Wait for them, or end them")
    run_id = (project.folder / "id").read_text()
    assert "running" in headwater(project, "show", f"Going/{run_id}").stdout
    (project.folder / "go").touch()

    project.finished(driver).done()
    assert project.run_ids() == {run_id}


def test_a_flow_run_from_two_folders_with_one_root_keeps_both(project: Project) -> None:
    project.write(FAN.replace("Fan", "Near"))
    (project.folder / "go").touch()
    elsewhere = project.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "flow.py").write_text(project.file.read_text().replace("Near", "Far"))
    (elsewhere / "go").touch()

    driver = launch(project, "run")
    other = subprocess.run(
        [sys.executable, "flow.py", "run"], cwd=elsewhere, env=project.environ, capture_output=True, check=False
    )

    assert project.finished(driver).code == 0
    assert other.returncode == 0, other.stderr
    assert {Finished(project, 0, "", "", run_id).flow for run_id in project.run_ids()} == {"Near", "Far"}
