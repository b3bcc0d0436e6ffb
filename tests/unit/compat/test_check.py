"""What a file uses of Metaflow, read from its syntax tree, and how the parity table judges it."""

import ast
from pathlib import Path

import pytest

from headwater.compat.check import judge
from headwater.compat.parity import Feature, Status
from headwater.compat.uses import Use, find_uses, uses_of


def used(source: str) -> set[str]:
    return {name for name, _ in uses_of(ast.parse(source))}


def judged(source: str, *rows: Feature) -> dict[str, Status]:
    uses = [Use(name, Path("flow.py"), line) for name, line in uses_of(ast.parse(source))]
    return {one.name: one.status for one in judge(uses, rows)}


def row(use: str, status: Status, note: str = "") -> Feature:
    return Feature("names", use, (use,), status, note, "")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from metaflow import retry", "metaflow.retry"),
        ("from metaflow import retry as again\nagain()", "metaflow.retry"),
        ("import metaflow\nmetaflow.S3()", "metaflow.S3"),
        ("import metaflow as mf\nmf.current.card", "metaflow.current.card"),
        ("from metaflow import current\ncurrent.card.append(1)", "metaflow.current.card.append"),
        ("from metaflow.cards import Table", "metaflow.cards.Table"),
        ("import metaflow.cards\nmetaflow.cards.Table()", "metaflow.cards.Table"),
        ("from metaflow import FlowSpec as F\nclass X(F):\n  def a(self): self.merge_artifacts([])",
         "metaflow.FlowSpec.merge_artifacts"),
        ("import metaflow\nclass X(metaflow.FlowSpec):\n  def a(self): self.next(self.b, foreach='x')",
         "metaflow.FlowSpec.next.foreach"),
    ],
)  # fmt: skip
def test_a_use_is_a_dotted_name(source: str, name: str) -> None:
    assert name in used(source)


@pytest.mark.parametrize("source", ["import os\nos.path", "from headwater import step", "metaflow = 1\nmetaflow.S3"])
def test_what_is_not_metaflows_is_no_use(source: str) -> None:
    assert used(source) == set()


def test_the_longest_name_that_the_table_knows_decides() -> None:
    rows = (row("metaflow.current", Status.SAME), row("metaflow.current.card", Status.DIFFERENT, "so"))
    source = "from metaflow import current\ncurrent.card.append(1)\ncurrent.run_id"
    assert judged(source, *rows) == {"metaflow.current.card": Status.DIFFERENT, "metaflow.current": Status.SAME}


def test_a_thing_has_one_name_wherever_it_is_imported_from() -> None:
    rows = (row("metaflow.current.card", Status.BETTER),)
    source = "from metaflow.metaflow_current import current\ncurrent.card\nfrom metaflow.client import Run"
    assert judged(source, *rows) == {
        "metaflow.current.card": Status.BETTER,
        "metaflow.current": Status.SAME,
        "metaflow.Run": Status.SAME,
    }


def test_of_several_rows_the_worst_decides() -> None:
    rows = (row("metaflow.retry", Status.BETTER), row("metaflow.retry", Status.DIFFERENT, "so"))
    assert judged("from metaflow import retry", *rows) == {"metaflow.retry": Status.DIFFERENT}


def test_artifacts_of_the_author_are_no_features() -> None:
    source = "from metaflow import FlowSpec\nclass X(FlowSpec):\n  def a(self): self.value = self.other"
    assert judged(source) == {"metaflow.FlowSpec": Status.SAME}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from metaflow import no_such_name", "metaflow.no_such_name"),
        ("from metaflow import S3", "metaflow.S3"),
        ("from metaflow.plugins.aws import batch", "metaflow.plugins.aws"),
        ("import metaflow.plugins.aws.batch", "metaflow.plugins.aws"),
    ],
)
def test_what_nothing_answers_for_will_not_run(source: str, name: str) -> None:
    assert judged(source) == {name: Status.NOT_YET}


def test_what_does_not_act_yet_still_runs() -> None:
    uses = [Use("metaflow.kubernetes", Path("flow.py"), 1), Use("metaflow.S3", Path("flow.py"), 2)]
    rows = (row("metaflow.kubernetes", Status.NOT_YET, "here"), row("metaflow.S3", Status.NOT_YET, "later"))
    assert [(one.name, one.runs) for one in judge(uses, rows)] == [
        ("metaflow.S3", False),
        ("metaflow.kubernetes", True),
    ]


def test_modules_and_packages_beside_the_file_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text("import helper\nfrom package.inner import x\nfrom . import near\n")
    (tmp_path / "helper.py").write_text("import flow\nfrom metaflow import S3\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "inner.py").write_text("from metaflow import retry\n")
    (tmp_path / "near.py").write_text("from metaflow import catch\n")
    found = [(use.name, use.file.name) for use in find_uses(tmp_path / "flow.py")]
    assert sorted(found) == [
        ("metaflow.S3", "helper.py"),
        ("metaflow.catch", "near.py"),
        ("metaflow.retry", "inner.py"),
    ]
