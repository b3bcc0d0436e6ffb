"""What tasks print, whatever it is: on the terminal, in `logs` and in the client it is what the task wrote."""

import re
import subprocess
import sys
from collections import defaultdict

from flow_project import Finished, Project

LINES = 625  # of each of 16 tasks: 10,000 in all, on each stream
FLOOD = f"""
class Flood(FlowSpec):
    @step
    def start(self):
        self.tasks = list(range(16))
        self.next(self.talk, foreach="tasks")

    @resources(cpu=0.1)
    @step
    def talk(self):
        for number in range({LINES}):
            print(f"<{{self.input}} out {{number}}>")
            print(f"<{{self.input}} err {{number}}>", file=sys.stderr)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_ten_thousand_lines_of_sixteen_tasks_at_once_arrive_whole_and_in_order(project: Project) -> None:
    run = project.run(FLOOD).done()

    _assert_whole(run.stdout, "out")
    _assert_whole(run.stdout + run.stderr, "err")
    _assert_whole(_headwater(project, "logs", f"{run.pathspec}/talk").decode(), "out")
    for task_id in run.tasks("talk"):
        log = run.log("talk", task_id)
        for stream in ("out", "err"):
            numbers = re.findall(rf"<{task_id} {stream} (\d+)>", log)
            assert numbers == [str(number) for number in range(LINES)]


def _assert_whole(text: str, stream: str) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    for task, number in re.findall(rf"^(?:\[talk/\d+\] )?<(\d+) {stream} (\d+)>$", text, re.MULTILINE):
        seen[task].append(int(number))
    assert len(seen) == 16
    assert all(numbers == list(range(LINES)) for numbers in seen.values())


ODD = {
    "no newline": b"the end is open",
    "a long line": b"x" * 1_000_000 + b"|\n",
    "many things": b"\n".join(
        [
            bytes(range(256)) * 3,
            b"caf\xe9 \xff\xfe\n\xc3 is not UTF-8",
            b"10%\r50%\r100%",
            b"\n\n\nafter empty lines\n",
            b"\x1b[31mred\x1b[0m [bold]not markup[/bold]",
            b"[0] [1] 1 2 3",
            b"",
        ]
    ),
}
SINGLE = """
ODD = {odd}

class Odd(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        os.write(1, ODD[os.environ["NAME"]])
"""


def test_odd_output_comes_back_byte_by_byte(project: Project) -> None:
    project.write(SINGLE.format(odd=repr(ODD)))
    runs = {}
    for name, data in ODD.items():
        process = subprocess.run(
            [sys.executable, "flow.py", "run", "--quiet", "--run-id-file", "id"],
            cwd=project.folder,
            env={**project.environ, "NAME": name},
            capture_output=True,
            check=True,
            timeout=60,
        )
        runs[name] = (project.folder / "id").read_text()
        newline = b"" if data.endswith(b"\n") else b"\n"
        assert process.stdout in (data, data + newline), name
        shown = _headwater(project, "logs", f"Odd/{runs[name]}/end/0")
        assert shown in (data, data + newline), name
    program = (
        "import sys; from headwater import Task, namespace; namespace(None)\n"
        "for run in sys.argv[1:]: print(ascii(Task(f'Odd/{run}/end/0').stdout))"
    )
    read = subprocess.run(
        [sys.executable, "-c", program, *runs.values()],
        env=project.environ,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout.decode()
    for (name, data), line in zip(ODD.items(), read.splitlines(), strict=True):
        text = eval(line)
        assert text.rstrip("\n") in {data.decode(errors=how).rstrip("\n") for how in ("replace", "backslashreplace")}, (
            name
        )


def test_a_log_beyond_its_limit_keeps_its_head_and_tail_and_says_so(project: Project) -> None:
    source = SINGLE.format(odd="{'big': b''.join(b'%020d\\n' % number for number in range(60_000))}")
    project.write(source)
    run = project.finished(project.start("run", "--max-log-size", "1", environ={"NAME": "big"})).done()

    assert run.stdout.count("\n") == 60_000, "the terminal gets it all"
    (run_id,) = project.run_ids()
    shown = _headwater(project, "logs", f"Odd/{run_id}/end/0").decode()
    assert shown.startswith(f"{0:020}\n{1:020}\n")
    assert "59999\n" in shown
    assert len(shown) < 1_100_000
    log = Finished(project, 0, "", "", run_id).log("end")
    assert "lines" in log
    assert "left out" in log


def _headwater(project: Project, *words: str) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "headwater", *words],
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
