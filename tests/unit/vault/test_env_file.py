"""Files of NAME=value lines."""

from pathlib import Path

import pytest

from headwater.errors import SecretsError
from headwater.vault.env_file import EnvFile, parse


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("# a comment\n\n  # another\n", {}),
        ("A=1\nB=two words \n", {"A": "1", "B": "two words"}),
        ("  export A = 1", {"A": "1"}),
        ("A=\nB=''\n", {"A": "", "B": ""}),
        ("A=x#y # a comment", {"A": "x#y"}),
        ("A=# a comment", {"A": ""}),
        ("A='as $it \"stands\" # \\n' # a comment", {"A": 'as $it "stands" # \\n'}),
        ('A="a \\"quote\\", \\n, \\\\ and \\d"', {"A": 'a "quote", \n, \\ and \\d'}),
        ('A="over\ntwo lines"\nB=1', {"A": "over\ntwo lines", "B": "1"}),
        ("A=1\r\nB='2'\r\n", {"A": "1", "B": "2"}),
        ("A=postgres://u:p=q@host/db?x=$Y", {"A": "postgres://u:p=q@host/db?x=$Y"}),
        ("A=1\nA=2", {"A": "2"}),
    ],
)
def test_a_file_is_read_as_tools_that_start_programs_read_it(tmp_path: Path, text: str, found: dict[str, str]) -> None:
    (tmp_path / ".env").write_bytes(text.encode())
    assert EnvFile().fetch(str(tmp_path / ".env"), {}, None) == found


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("A=1\nnothing here", 2, "no NAME=value"),
        ("\n\n1A=2", 3, "no NAME=value"),
        ("A-B=1", 1, "no NAME=value"),
        ("A='open\nB=1\n", 1, "quote is not closed"),
        ('A="x"y', 1, "behind the closing quote"),
    ],
)
def test_a_line_that_is_none_is_told_by_its_number_and_without_what_stands_in_it(
    text: str, line: int, reason: str
) -> None:
    with pytest.raises(SecretsError, match=f"Line {line} of .env cannot be read: .*{reason}") as caught:
        parse(text, ".env")
    assert not [word for word in ("nothing", "open", "1A") if word in str(caught.value)]


def test_a_file_that_is_missing_or_no_text_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match=r"missing.env cannot be read: No such file.*Make the file"):
        EnvFile().fetch(str(tmp_path / "missing.env"), {}, None)
    (tmp_path / "bytes").write_bytes(b"A=\xff")
    with pytest.raises(SecretsError, match="no text in UTF-8: see byte 2"):
        EnvFile().fetch(str(tmp_path / "bytes"), {}, None)
