"""The code of the pages, as a reader meets it: files are written, commands run, what they print is compared.

`python tests/snippets.py` counts what runs and says what does not, and why; `python tests/snippets.py PAGE ...` runs
pages and writes what was really printed where a page shows something else.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 240

#: Languages of blocks that run, that show what was printed, and that are written in one of these instead.
CODE = {"python", "sh"}
OUTPUT = "output"
OTHER_NAMES = {"py": "python", "python3": "python", "bash": "sh", "shell": "sh", "console": "sh", "pycon": "python"}

_FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>```+)(?P<info>.*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_FIRST_LINE = re.compile(r"# ?`?([\w./-]+\.\w+)`?\s*$")
_MARK = re.compile(r"^ *<!-- snippet: (.*?)(?: -->)?$")
_AFTER = re.compile(r"^<!-- snippets: after (\S+) -->$", re.MULTILINE)
#: What differs from run to run, as one word.
_VARYING = (
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "CLOCK"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DATE"),
    (re.compile(r"\b\d{16}\b"), "RUN"),
    (re.compile(r"\b\d[\d.,]* ?(ms|s|min|h)\b"), "TIME"),
    (re.compile(r"(?<=\S)   +"), "  "),  # the columns of a table are as wide as what is in them
    (re.compile(r"\(pid \d+\)"), "(pid PID)"),
)


@dataclass(frozen=True)
class Block:
    """One fenced block. `mark` is the text of the comment above it, "" where there is none."""

    line: int
    language: str
    title: str
    text: str
    mark: str = ""
    outputs: tuple["Block", ...] = ()

    @property
    def reason_not_to_run(self) -> str:
        return self.mark.removeprefix("not run:").strip() if self.mark.startswith("not run") else ""

    @property
    def runs(self) -> bool:
        return not self.mark.startswith("not run")


class Page:
    """A page, its blocks in order."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text("utf-8")
        self.blocks = tuple(_with_outputs(_blocks(self.text.splitlines())))

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def code(self) -> list[Block]:
        return [block for block in self.blocks if block.language in CODE]

    def earlier(self) -> list["Page"]:
        """The pages whose files this one goes on with, the first of them first."""
        found = _AFTER.search(self.text)
        if found is None:
            return []
        before = Page(self.path.parent / found[1])
        return [*before.earlier(), before]


def pages() -> list[Page]:
    return [Page(path) for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]]


def wrong_marks(page: Page) -> Iterator[str]:
    """What a block says about itself that cannot be so."""
    for block in page.blocks:
        place = f"{page.name}:{block.line}"
        if block.language in OTHER_NAMES:
            yield f"{place}: write ```{OTHER_NAMES[block.language]}, not ```{block.language}"
        if not re.fullmatch(r"|fails( with \d+)?|before|not run: \S.*", block.mark):
            yield f"{place}: a block is `before`, `fails`, `fails with N` or `not run: REASON`, not `{block.mark}`"
        if block.language == OUTPUT:
            yield f"{place}: nothing above prints this"
        for output in block.outputs:
            if not output.text.replace("...", "").strip():
                yield f"{page.name}:{output.line}: an output shows something"


class Shown(Exception):
    """A page shows what does not happen."""


class Reader:
    """Somebody who follows a page in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEADWATER", "PYTEST"))}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "HEADWATER_USER": "ada",
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def follow(self, page: Page) -> list[tuple[Block, str]]:
        """Do everything that a page says; each output block that differs, with what was printed instead."""
        for before in page.earlier():
            for block in before.blocks:
                if block.title and block.runs and block.mark != "fails":
                    self.write(block)
        differing: list[tuple[Block, str]] = []
        for block in page.blocks:
            if block.title and block.runs:
                self.write(block)
            elif block.language in CODE and block.runs:
                differing += self.run(page, block)
        return differing

    def write(self, block: Block) -> None:
        file = self.work / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, "utf-8")
        if block.language == "python":
            compile(block.text, block.title, "exec")

    def run(self, page: Page, block: Block) -> list[tuple[Block, str]]:
        done = subprocess.run(
            self._command(block),
            cwd=self.work,
            env=self.environ,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
        place = f"{page.name}:{block.line}: `{block.text.strip()}`"
        if not _ended_as_said(block.mark, done.returncode):
            raise Shown(f"{place} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        streams = [self._plain(done.stdout), self._plain(done.stderr)]
        unlike = [output for output in block.outputs if not any(matches(output.text, stream) for stream in streams)]
        likely = streams[1] if block.mark.startswith("fails") else streams[0] or streams[1]
        return [(output, streams[1] if output in block.outputs[1:] else likely) for output in unlike]

    def _command(self, block: Block) -> list[str]:
        if block.language == "sh":
            return ["bash", "-euo", "pipefail", "-c", block.text]
        (self.work / "snippet.py").write_text(block.text, "utf-8")
        return [sys.executable, "snippet.py"]

    def _plain(self, text: str) -> str:
        """What was printed, with the folder's name as a reader has it."""
        return text.replace(str(self.work), "/home/ada/flights")


def matches(expected: str, printed: str) -> bool:
    """Whether a text is what a page shows: `...` stands for anything in a line, alone on a line for any lines."""
    wanted, found = ("\n".join(line.rstrip() for line in text.strip().splitlines()) for text in (expected, printed))
    lines = [r"(?:.*\n)*?" if line.strip() == "..." else _line(line) + r"\n" for line in wanted.splitlines()]
    return re.fullmatch("".join(lines), f"{_steady(found)}\n") is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in _steady(line).split("..."))


def _steady(text: str) -> str:
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text


def _ended_as_said(mark: str, code: int) -> bool:
    if mark == "fails":
        return code != 0
    return code == (int(mark.rpartition(" ")[2]) if mark.startswith("fails with") else 0)


def _blocks(lines: list[str]) -> Iterator[Block]:
    """The fenced blocks of a page, and the commands that stand in a comment for the tests alone."""
    mark, number = "", 0
    while number < len(lines):
        line = lines[number]
        fence, said = _FENCE.match(line), _MARK.match(line)
        if said and not line.rstrip().endswith("-->"):
            end = next(at for at in range(number, len(lines)) if lines[at].strip() == "-->")
            yield Block(number + 1, "sh", "", "\n".join(lines[number + 1 : end]), said[1])
            number = end
        elif said:
            mark = said[1]
        elif fence:
            end = next(at for at in range(number + 1, len(lines)) if lines[at].strip() == fence["ticks"])
            yield _block(number + 1, fence, lines[number + 1 : end], mark)
            mark, number = "", end
        elif line.strip():
            mark = ""
        number += 1


def _block(line: int, fence: re.Match[str], body: list[str], mark: str) -> Block:
    indent = len(fence["indent"])
    text = "".join(f"{one[indent:]}\n" for one in body)
    language = fence["info"].strip().split(" ")[0].strip("{.}")
    title = _TITLE.search(fence["info"]) or (_FIRST_LINE.match(text.split("\n")[0]) if language == "python" else None)
    return Block(line, language, title[1] if title else "", text, mark)


def _with_outputs(blocks: Iterator[Block]) -> Iterator[Block]:
    """Each block that runs with the blocks below it that show what it prints."""
    held: Block | None = None
    for block in blocks:
        if block.language == OUTPUT and held is not None:
            held = replace(held, outputs=(*held.outputs, block))
            continue
        if held is not None:
            yield held
        held = None
        if block.language in CODE and not block.title:
            held = block
        else:
            yield block
    if held is not None:
        yield held


def _count() -> None:
    for page in pages():
        if page.code:
            left = [block for block in page.code if not block.runs]
            print(f"{page.name}: {len(page.code) - len(left)} run, {len(left)} do not")
            for block in left:
                print(f"    line {block.line}: {block.reason_not_to_run}")


def _accept(path: Path) -> None:
    """Write what was really printed into a page."""
    page = Page(path.resolve())
    with tempfile.TemporaryDirectory() as folder:
        differing = Reader(Path(folder)).follow(page)
    lines = page.text.splitlines()
    for block, printed in sorted(differing, key=lambda one: -one[0].line):
        print(f"{page.name}:{block.line}: shows something else now")
        lines[block.line : block.line + len(block.text.splitlines())] = worth_showing(printed.strip("\n").splitlines())
    path.write_text("\n".join(lines) + "\n", "utf-8")


def worth_showing(lines: list[str]) -> list[str]:
    """Of a failed run the failure, of a traceback its message; `...` where lines are left out."""
    failed = next((number for number, line in enumerate(lines) if "/0 failed: " in line), None)
    if failed is not None:
        rest = [number for number, line in enumerate(lines) if number > failed and "Log:" in line]
        return ["..."] * (failed > 0) + lines[failed : rest[0] if rest else None] + ["..."] * bool(rest)
    if lines[:1] == ["Traceback (most recent call last):"]:  # how frames are marked differs among Pythons
        return [lines[0], "...", *(line for line in lines[1:] if line[:1] != " ")]
    return lines


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        _accept(Path(argument))
    if not sys.argv[1:]:
        _count()
