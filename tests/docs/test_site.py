"""The site shows every page, and its reference tells of everything that there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo, fields
from source_tree import ROOT

import headwater
import headwater.testing
from headwater import errors
from headwater.cli import flow as flow_commands
from headwater.cli import main as main_commands
from headwater.flow.current import Current
from headwater.flow.decorators import KINDS
from headwater.flow.flow_decorators import KINDS as FLOW_KINDS
from headwater.records.base import Document
from headwater.settings.table import SETTINGS
from headwater.settings.write import toml

DOCS = ROOT / "docs"
_ENTRY = re.compile(r"^\s+- (?:[^:#]+: )?([\w./-]+\.md)\s*$", re.MULTILINE)
#: Made by `make docs`, and not kept in git.
MADE = {"reference/commands/headwater.md", "reference/commands/flow.md", "reference/records.md"}


def _pages() -> set[str]:
    return {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}


def test_every_page_stands_in_the_contents_of_the_site_once() -> None:
    named = _ENTRY.findall((ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2])
    assert sorted(named) == sorted(_pages() | MADE)


@pytest.mark.parametrize("folder", ["howto", "explanation", "reference"])
def test_the_first_page_of_a_part_leads_to_all_of_it(folder: str) -> None:
    text = (DOCS / folder / "index.md").read_text("utf-8")
    here = {page for page in _pages() | MADE if page.startswith(f"{folder}/")} - {f"{folder}/index.md"}
    assert {page for page in here if f"({page.removeprefix(f'{folder}/')})" not in text} == set()


def test_every_example_is_shown() -> None:
    text = (DOCS / "examples.md").read_text("utf-8")
    assert set(re.findall(r'^--8<-- "examples/(.+)"$', text, re.MULTILINE)) == {
        path.name for path in (ROOT / "examples").glob("*.py")
    }


def test_every_public_name_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "api.md").read_text("utf-8")
    told = {name.rpartition(".")[2] for name in re.findall(r"^::: headwater\.([\w.]+)$", text, re.MULTILINE)}
    told -= set(headwater.testing.__all__) | {"ReplayResult"}  # imported from headwater.testing
    # told beside their classes, and on pages of their own
    in_words = {"current", "JSONType", *KINDS, *FLOW_KINDS, "__version__"}
    assert told == set(headwater.__all__) - in_words
    assert {name for name in in_words - {"__version__"} if f"`{name}`" not in text} == set()


def test_everything_that_a_step_can_ask_about_itself_is_told() -> None:
    table = (DOCS / "reference" / "api.md").read_text("utf-8").partition("### `current`")[2].partition("\n## ")[0]
    told = {name for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)", row)}
    there = {name for name in (*vars(Current), *Current.__annotations__) if not name.startswith("_")}
    assert told == there - {"set", "beginning"}  # which are for the worker and the runner


def test_every_error_is_told_and_the_tree_is_that_of_the_source() -> None:
    text = (DOCS / "reference" / "errors.md").read_text("utf-8")
    kinds = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, BaseException)}
    assert set(re.findall(r"^::: headwater\.errors\.(\w+)$", text, re.MULTILINE)) == kinds
    assert f"```text\n{(errors.__doc__ or '').split(chr(10) * 2)[1]}\n```" in text


_DECORATOR_PAGES = ("decorators.md", "platform-decorators.md")


def test_every_option_of_every_decorator_is_told_with_its_default() -> None:
    text = "\n".join((DOCS / "reference" / page).read_text("utf-8") for page in _DECORATOR_PAGES)
    sections = dict(re.findall(r"^## `@(\w+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for name, kind in KINDS.items():
        told = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", sections.pop(name), re.MULTILINE)
        assert told == [(field.name, repr(_default(field))) for field in fields(kind)]
    assert sections == {}


def test_every_option_of_every_flow_decorator_is_told_with_its_default() -> None:
    text = (DOCS / "reference" / "flow-decorators.md").read_text("utf-8")
    sections = dict(re.findall(r"^## `@(\w+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    for name, kind in FLOW_KINDS.items():
        told = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", sections.pop(name), re.MULTILINE)
        short = {"trigger": "event", "trigger_on_finish": "flow"}.get(name)
        forms = [(short, "None"), (f"{short}s", "[]")] if short else []
        options = [field for field in fields(kind) if field.name not in ("events", "flows")]
        expected = [(field.name, "required" if field.required else repr(_default(field))) for field in options]
        assert told == [*forms, *expected]
    assert sections == {}


def _default(field: FieldInfo) -> object:
    return field.default if field.default is not NODEFAULT else field.default_factory()


def test_the_table_of_settings_is_that_of_the_product() -> None:
    text = (DOCS / "reference" / "settings.md").read_text("utf-8")
    shown = text.partition("<!-- settings: begin -->\n")[2].partition("<!-- settings: end -->")[0]
    assert shown == settings_table()


def settings_table() -> str:
    """The table as the page has it."""
    words = {
        "datastore_root": ("a folder or a URL", "`.headwater`, upward from the working directory"),
        "user": ("text", "your login name"),
        "namespace": ("`user:NAME`, or a tag", "`user:` and your name"),
        "secrets_backend": ("a name", "none"),
        "secrets_role": ("text", "none"),
        "quiet": ("true or false", ""),
        "with": ("a list of decorators", "none"),
        "isolation": ("`fork`, `spawn` or `none`", "`fork`, where that is safe"),
        "on_failure": ("`stop` or `finish`", ""),
    }
    lines = ["| setting | value | default | what it is |", "| --- | --- | --- | --- |"]
    for name, setting in SETTINGS.items():
        kind = "seconds" if name.endswith("_s") else "a whole number"
        value, default = words.get(name, (kind, ""))
        default = default or f"`{setting.default if isinstance(setting.default, str) else toml(setting.default)}`"
        lines.append(f"| `{name}` | {value} | {default} | {setting.help} |")
    return "\n".join(lines) + "\n"


def test_every_kind_of_document_is_among_the_file_formats() -> None:
    text = (DOCS / "reference" / "file-formats.md").read_text("utf-8")
    kinds = {
        str(kind.__struct_config__.tag)
        for kind in Document.__subclasses__()
        if kind.__module__.startswith("headwater.")  # a test may make one of its own
    }
    assert {kind for kind in kinds if f"`{kind}`" not in text} == {"step-spec/1", "task-spec/1"}  # they are in no root


def test_the_pages_of_the_commands_tell_of_every_command(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / "command_pages.py", tmp_path], check=True, timeout=60)
    ours, flows = ((tmp_path / name).read_text("utf-8") for name in ("headwater.md", "flow.md"))
    for text, table in ((ours, main_commands.COMMANDS), (flows, flow_commands.COMMANDS)):
        assert {name for name in table if f"\n## `{name}` " not in text} == set()
        assert "\n| `--json` | " in text
