"""Names of files that come from a document never lead outside the folder that is written to."""

from pathlib import Path

import pytest

from headwater.artifacts.files import write_below
from headwater.errors import StorageError


def test_a_file_is_written_below_the_folder_with_the_folders_it_needs(tmp_path: Path) -> None:
    written = write_below(tmp_path / "out", "a/b.txt", b"text", "The test")
    assert written == tmp_path / "out" / "a" / "b.txt"
    assert written.read_bytes() == b"text"


@pytest.mark.parametrize("name", ["../b.txt", "a/../../b.txt", "/etc/b.txt", "", "."])
def test_a_name_that_leads_outside_is_refused_by_its_owners_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageError, match="The test names the file"):
        write_below(tmp_path / "out", name, b"text", "The test")
    assert list(tmp_path.rglob("*")) == []
