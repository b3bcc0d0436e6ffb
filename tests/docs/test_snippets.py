"""The code of every page runs, and prints what the page shows."""

from pathlib import Path

import pytest

import snippets
from snippets import Page, Reader, matches

#: Blocks that do not run, over all pages. Each has its reason beside it; one more is a decision.
MOST_NOT_RUN = 40

PAGES = {page.name: page for page in snippets.pages() if page.code}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_happens(name: str, tmp_path: Path) -> None:
    differing = Reader(tmp_path).follow(PAGES[name])
    assert not differing, "\n".join(
        f"{name}:{block.line} shows\n{block.text}\nbut printed was\n{printed}" for block, printed in differing
    )


@pytest.mark.timeout(900)
def test_the_tutorial_can_be_followed_in_one_folder_to_its_end(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for name in sorted(name for name in PAGES if name.startswith("docs/tutorial/")):
        reader.follow(PAGES[name])  # what is printed depends on the runs of the pages before; that it works does not


def test_every_mark_of_a_block_is_one_that_there_is() -> None:
    assert [wrong for page in snippets.pages() for wrong in snippets.wrong_marks(page)] == []


def test_few_blocks_do_not_run() -> None:
    left = [block for page in PAGES.values() for block in page.code if not block.runs]
    assert len(left) <= MOST_NOT_RUN


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("one\ntwo", "one\ntwo\n"),
        ("one\n...\nfour", "one\ntwo\nthree\nfour\n"),
        ("...\nlast", "last"),
        ("X/1795457175228647 took 21 ms", "X/1795457175505173 took 1.3 ms"),
        ("12:00:00  begins", "18:06:15  begins"),
        ("took    tasks\n234 ms  2", "took   tasks\n1.2 s  2"),
        ("it took ... and ended", "it took ages and ended"),
    ],
)
def test_an_output_may_leave_out_what_varies(shown: str, printed: str) -> None:
    assert matches(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [("one", "one\ntwo"), ("one ... three", "one\nthree"), ("5 tasks", "6 tasks"), ("a.c", "abc")],
)
def test_an_output_leaves_out_nothing_else(shown: str, printed: str) -> None:
    assert not matches(shown, printed)


def _page(folder: Path, text: str) -> Page:
    path = snippets.ROOT / "docs" / "page.md"
    file = folder / "page.md"
    file.write_text(text, "utf-8")
    page = Page(file)
    page.path = path
    return page


def test_files_are_written_and_commands_run_in_the_order_of_the_page(tmp_path: Path) -> None:
    page = _page(
        tmp_path,
        '```python title="say.py"\nprint("one")\n```\n\n```sh\npython say.py\n```\nprints\n```output\ntwo\n```\n'
        "```python\n# say.py\nprint('three')\n```\n```sh\npython say.py\n```\n```output\nthree\n```\n",
    )
    (one,) = Reader(tmp_path).follow(page)
    assert (one[0].text, one[1]) == ("two\n", "one\n")


def test_a_command_that_fails_is_said_to(tmp_path: Path) -> None:
    page = _page(tmp_path, "<!-- snippet: fails with 3 -->\n```sh\necho no >&2; exit 3\n```\n```output\nno\n```\n")
    assert Reader(tmp_path).follow(page) == []


def test_a_command_that_fails_unsaid_ends_the_page(tmp_path: Path) -> None:
    page = _page(tmp_path, "```sh\nfalse\n```\n")
    with pytest.raises(snippets.Shown, match="ended with 1"):
        Reader(tmp_path).follow(page)


def test_a_block_that_does_not_run_says_why(tmp_path: Path) -> None:
    page = _page(tmp_path, "<!-- snippet: not run: needs a GPU -->\n```sh\nfalse\n```\n```bash\n```\n")
    assert Reader(tmp_path).follow(page) == []
    assert [block.reason_not_to_run for block in page.code] == ["needs a GPU"]
    assert list(snippets.wrong_marks(page)) == ["docs/page.md:5: write ```sh, not ```bash"]


def test_what_a_page_needs_and_does_not_show_stands_in_a_comment(tmp_path: Path) -> None:
    page = _page(tmp_path, "<!-- snippet: before\necho 1 > there\n-->\n```sh\ncat there\n```\n```output\n1\n```\n")
    assert Reader(tmp_path).follow(page) == []


def test_of_a_failed_run_a_page_is_given_the_failure() -> None:
    printed = ["12:00:00  F/1 begins.", "12:00:00  a/0 failed: no", "    f.py:3 in a", "    Log: there", "and more"]
    assert snippets.worth_showing(printed) == ["...", *printed[1:3], "..."]


def test_of_a_traceback_a_page_is_given_the_message() -> None:
    printed = ["Traceback (most recent call last):", '  File "f.py", line 1', "    x", "NameError: x"]
    assert snippets.worth_showing(printed) == [printed[0], "...", printed[-1]]


def test_of_other_output_a_page_is_given_all() -> None:
    assert snippets.worth_showing(["one", "two"]) == ["one", "two"]
