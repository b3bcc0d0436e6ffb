"""Files as parameters: what stood in one when the run started is what the steps and the readers get."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import headwater
from flow_project import Project
from headwater.errors import ParameterError
from headwater.flow.load import load_flow

FLOW = """
from pathlib import Path
from headwater import IncludeFile

def upper(text):
    print("parsed")
    return text.upper()

class Movies(FlowSpec):
    data = IncludeFile("data", default="movies.csv", help="titles and years")
    raw = IncludeFile("raw", is_text=False, default=lambda context: "movies.csv")
    loud = IncludeFile("loud", default=Path("movies.csv"), parser=upper)
    latin = IncludeFile("latin", default="latin.txt", encoding="latin-1")
    nothing = IncludeFile("nothing")

    @step
    def start(self):
        self.seen = [self.data, self.loud, self.loud, self.latin, self.nothing]
        self.bytes = self.raw
        self.next(self.end)

    @step
    def end(self):
        self.late = self.data
"""


@pytest.fixture
def movies(project: Project) -> Project:
    project.write(FLOW)
    (project.folder / "movies.csv").write_bytes(b"title,year\r\nAlien,1979\n")
    (project.folder / "latin.txt").write_bytes(b"h\xe9")
    return project


def test_steps_read_the_text_the_bytes_and_what_the_parser_made(movies: Project) -> None:
    done = movies.call("run").done()
    text = "title,year\nAlien,1979\n"
    assert done.at("start").seen == [text, text.upper(), text.upper(), "hé", None]
    assert done.at("start").bytes == b"title,year\r\nAlien,1979\n"
    assert done.log("start").count("parsed") == 1


def test_the_client_reads_what_stood_in_the_file_and_its_size(movies: Project) -> None:
    done = movies.call("run").done()
    (movies.folder / "movies.csv").write_text("other\n")
    headwater.use_root(str(movies.root))
    headwater.namespace(None)
    run = headwater.Run(done.pathspec)
    data, task = run.data, run["start"].task
    assert data is not None
    assert task is not None
    assert data.data == "title,year\nAlien,1979\n"
    assert data.loud == "title,year\nAlien,1979\n"
    assert task["data"].size == 23
    assert task["latin"].size == 2
    assert task["latin"].data == "hé"


def test_a_file_is_told_by_its_name_its_size_and_its_head(movies: Project) -> None:
    done = movies.call("run").done()
    summary = done.run.parameters["data"].summary
    assert summary == {"file": "movies.csv", "bytes": 23, "length": 22, "lines": 2, "head": "title,year\nAlien,1979\n"}


def test_a_list_of_runs_names_the_files_they_were_given(movies: Project) -> None:
    movies.call("run").done()
    listed = subprocess.run(
        [sys.executable, "-m", "headwater", "runs", "--json", "--datastore-root", str(movies.root)],
        env=movies.environ,
        capture_output=True,
        check=True,
        text=True,
    )
    parameters = json.loads(listed.stdout)["parameters"]
    assert {parameters[name] for name in ("data", "raw", "loud")} == {"movies.csv"}


def test_a_file_is_given_on_the_command_line_in_the_environment_and_from_python(movies: Project) -> None:
    (movies.folder / "other.csv").write_text("other")
    assert movies.call("run", "--data", "other.csv").done().at("end").late == "other"
    assert movies.call("run", environ={"HEADWATER_RUN_DATA": "other.csv"}).done().at("end").late == "other"
    flow = load_flow(movies.file, "Movies")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(movies.folder)
        for given in ("other.csv", Path("other.csv")):
            run = headwater.run(flow, data=given, datastore_root=movies.root, quiet=True)
            assert run.data is not None
            assert run.data.late == "other"


def test_a_required_file_has_to_be_given(movies: Project) -> None:
    movies.write(FLOW.replace('IncludeFile("nothing")', 'IncludeFile("nothing", required=True)'))
    movies.call("run").failed("--nothing has no value", "Give one", code=2)
    assert movies.call("run", "--nothing", "movies.csv").code == 0


def test_the_help_tells_a_file_and_its_default(movies: Project) -> None:
    told = " ".join(movies.call("run", "--help").stdout.split())
    assert "--data FILE titles and years [default: 'movies.csv']" in told
    assert "--raw FILE [default: computed]" in told
    assert "--loud FILE [default: movies.csv]" in told


def test_a_resumed_run_has_the_file_of_its_origin(movies: Project) -> None:
    movies.write(FLOW.replace("self.late = self.data", "self.late = self.data; 1 / 0"))
    movies.call("run").failed()
    movies.write(FLOW)
    (movies.folder / "movies.csv").unlink()
    assert movies.call("resume").done().at("end").late == "title,year\nAlien,1979\n"


def test_a_large_file_is_kept_as_it_is_and_once(movies: Project) -> None:
    content = b"0123456789abcde\n" * (1 << 20)
    (movies.folder / "large.txt").write_bytes(content)
    done = movies.call("run", "--data", "large.txt", "--raw", "large.txt").done()
    ref, raw = done.run.parameters["data"], done.run.parameters["raw"]
    assert ref.blobs == raw.blobs
    assert ref.size == len(content)
    assert next((movies.root / "blobs").glob(f"*/b3-{ref.hash}")).stat().st_size == len(content)
    assert done.at("end").late == content.decode()


def test_a_pipe_is_read_to_its_end(movies: Project) -> None:
    os.mkfifo(movies.folder / "pipe")
    process = movies.start("run", "--data", "pipe")
    (movies.folder / "pipe").write_text("from a pipe")  # waits for the one who reads
    assert movies.finished(process).done().at("end").late == "from a pipe"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("missing.csv", ["'data'", "missing.csv", "No such file", "path of a file"]),
        (".", ["'data'", "it is a folder"]),
        ("", ["'data'", "its path is empty"]),
        ("s3://bucket/key", ["'data'", "it is a URL"]),
    ],
)
def test_what_is_no_file_is_refused_by_the_command_line(movies: Project, given: str, words: list[str]) -> None:
    movies.call("run", "--data", given).failed(*words, code=2)


def test_a_default_that_is_missing_is_told_when_a_run_starts_and_not_before(movies: Project) -> None:
    (movies.folder / "movies.csv").unlink()
    assert movies.call("check").code == 0
    movies.call("run").failed("'data'", "as its default", "No such file")
    assert movies.run_ids() == frozenset()


@pytest.mark.parametrize(("content", "place"), [(b"good \xff bad", 5), (b"x" * (1 << 20) + b"\xe2\x28\xa1", 1 << 20)])
def test_a_text_in_another_encoding_is_refused_by_its_first_wrong_byte(
    movies: Project, content: bytes, place: int
) -> None:
    (movies.folder / "bad.txt").write_bytes(content)
    movies.call("run", "--data", "bad.txt").failed("'data'", "bad.txt", "no text in utf-8", f"byte {place} is 0x")
    assert movies.run_ids() == frozenset()


def test_a_text_that_ends_within_a_character_is_refused(movies: Project) -> None:
    (movies.folder / "bad.txt").write_bytes("é".encode()[:1])
    movies.call("run", "--data", "bad.txt").failed("no text in utf-8", "byte 0 is 0xc3")


def test_a_parser_that_raises_fails_the_step_by_its_name(movies: Project) -> None:
    movies.write(FLOW.replace("return text.upper()", "return int(text)"))
    movies.call("run").failed("The parser upper of IncludeFile 'loud' raised ValueError", "Correct the file or")


def test_a_parser_may_be_named_and_one_that_is_nowhere_is_found_before_the_run(movies: Project) -> None:
    (movies.folder / "readers.py").write_text("def count(text):\n    return len(text)\n")
    movies.write(FLOW.replace("parser=upper", 'parser="readers.count"'))
    assert movies.call("run").done().at("start").seen[1] == 22
    movies.write(FLOW.replace("parser=upper", 'parser="readers.missing"'))
    movies.call("run").failed("'loud'", "'readers.missing', which cannot be found", "Give a function")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encoding": "utf-9"}, "encoding 'utf-9', which Python does not know"),
        ({"encoding": "utf-8", "is_text": False}, "is no text and has an encoding"),
    ],
)
def test_options_that_cannot_be_are_refused_when_the_class_is_made(options: dict[str, object], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        headwater.IncludeFile("data", **options)  # type: ignore[arg-type]  # a mistake, as an author makes it


def test_a_path_may_be_known_only_when_the_configs_are(movies: Project) -> None:
    (movies.folder / "paths.json").write_text('{"movies": "latin.txt"}')
    movies.write(
        """
        from headwater import Config, IncludeFile

        class Configured(FlowSpec):
            paths = Config("paths", default="paths.json")
            data = IncludeFile("data", default=paths.movies, encoding="latin-1")

            @step
            def start(self):
                self.seen = self.data
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    )
    assert movies.call("run").done().at("start").seen == "hé"
    assert movies.call("run", "--data", "movies.csv").done().at("start").seen.startswith("title")


def test_readers_show_a_file_by_its_name_and_compare_two_by_what_is_known_of_them(movies: Project) -> None:
    (movies.folder / "other.csv").write_text("other\n")
    first, second = movies.call("run").done(), movies.call("run", "--data", "other.csv").done()
    headwater.use_root(str(movies.root))
    headwater.namespace(None)
    task = headwater.Run(first.pathspec)["start"].task
    assert task is not None
    assert "movies.csv</code> · 2 lines" in task["data"]._repr_html_()
    told = str(headwater.Run(first.pathspec).diff(headwater.Run(second.pathspec)))
    assert "movies.csv, 23 bytes: 'title,year\\nAlien,1979\\n' → other.csv, 6 bytes: 'other\\n'" in told


def test_a_parsers_name_that_begins_with_a_dot_is_one_of_headwaters(movies: Project) -> None:
    (movies.folder / "needs.txt").write_text("numpy>=2\n")
    source = FLOW.replace("parser=upper", 'parser=".parsers.requirements_txt_parser"')
    movies.write(source.replace('default=Path("movies.csv")', 'default="needs.txt"'))
    assert movies.call("run").done().at("start").seen[1] == {"packages": {"numpy": ">=2"}, "python": None}
