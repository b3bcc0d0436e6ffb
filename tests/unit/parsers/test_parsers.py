"""The parsers that configs can have: what each makes of a file, and what it refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from headwater import (
    conda_environment_yml_parser,
    pyproject_toml_parser,
    requirements_txt_parser,
    yaml_parser,
)
from headwater.errors import ConfigError

REQUIREMENTS = """\
# what we need
requests>=2.0
scikit-learn[extra] == 1.6.1  # pinned
numpy
python==3.10.*
pandas ~= 2.0, <3

foo @ git+https://example.org/foo
"""


def test_requirements_become_packages_and_a_python() -> None:
    assert requirements_txt_parser(REQUIREMENTS) == {
        "packages": {
            "requests": ">=2.0",
            "scikit-learn[extra]": "1.6.1",
            "numpy": "",
            "pandas": "~=2.0,<3",
            "foo@git+https://example.org/foo": "",
        },
        "python": "3.10.*",
    }
    assert requirements_txt_parser("") == {"packages": {}, "python": None}


def test_a_pyproject_names_its_dependencies_and_its_python() -> None:
    text = '[project]\nrequires-python = ">=3.10"\ndependencies = ["numpy==2.0", "x[e]>1", "plain"]\n'
    assert pyproject_toml_parser(text) == {"packages": {"numpy": "2.0", "x[e]": ">1", "plain": ""}, "python": ">=3.10"}
    assert pyproject_toml_parser("[tool]\n") == {"packages": {}, "python": None}


def test_a_conda_environment_names_its_dependencies() -> None:
    text = "name: x\ndependencies:\n  - python=3.10\n  - numpy=1.2\n  - a==2\n  - pandas>=2,<3\n  - plain\n"
    assert conda_environment_yml_parser(text) == {
        "packages": {"numpy": "1.2", "a": "2", "pandas": ">=2,<3", "plain": ""},
        "python": "3.10",
    }
    assert conda_environment_yml_parser("name: x\n") == {"packages": {}, "python": None}


def test_yaml_is_read_without_tags_of_python() -> None:
    assert yaml_parser("a: 1\nb: [1, two]\n") == {"a": 1, "b": [1, "two"]}
    with pytest.raises(Exception, match="python"):
        yaml_parser("!!python/object/apply:os.getcwd []")


@pytest.mark.parametrize(
    ("parser", "text", "words"),
    [
        (requirements_txt_parser, "-r other.txt", "options of pip"),
        (requirements_txt_parser, "--index-url https://example.org", "options of pip"),
        (requirements_txt_parser, "a b c", "no requirement"),
        (requirements_txt_parser, "x; python_version < '3'", "condition behind ';'"),
        (conda_environment_yml_parser, "dependencies:\n  - pip:\n    - requests\n", "@pypi"),
        (conda_environment_yml_parser, "dependencies:\n  - conda-forge::scipy=1\n", "without a channel"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_line(parser: Callable[[str], Any], text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parser(text)
    assert words in str(caught.value)
