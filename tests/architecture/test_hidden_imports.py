"""An import inside a function is rare, and each has its reason here."""

import ast
from collections.abc import Iterator

from source_tree import functions, relative, source_files, syntax_tree

#: What may be imported inside a function: the module, and why it is not imported at the top of the file.
ALLOWED = {
    "IPython": "only a notebook draws with it",
    "asyncio": "only whoever lists things within an event loop has it",
    "bdb": "only --pdb needs it",
    "cloudpickle": "needed only for values that pickle cannot take",
    "concurrent.futures": "it brings logging along; only roots that are not folders need it",
    "ctypes": "only buffers of a MiB and more have their address taken",
    "difflib": "only a mistake needs the name that was meant",
    "headwater.artifacts.arrow": "it imports pyarrow; only where the author's code has done so",
    "headwater.artifacts.frames": "it imports polars; only where the author's code has done so",
    "headwater.artifacts.pictures": "it imports PIL; only where the author's code has done so",
    "headwater.artifacts.tensors": "it imports torch; only where the author's code has done so",
    "headwater.cli.live": "it draws with rich, which only a terminal needs",
    "headwater.flow.parameter_json": "it imports msgspec, and writing a flow without such parameters does not",
    "headwater.flow.parameter_times": "it imports datetime, and writing a flow without such parameters does not",
    "headwater.flow.resolving": "only a flow that leaves something open needs configs and mutators",
    "headwater.runner.origin": "the fork host must not carry what only the driver needs",
    "headwater.runner.session": "the fork host must not carry what only the driver needs",
    "headwater.runner.spinning": "the fork host must not carry what only the driver needs",
    "hashlib": "it loads OpenSSL; only a root in a bucket has its name hashed",
    "importlib.metadata": "it imports e-mail, csv and zip parsers; only plug-ins of third parties need it",
    "json": "only a file of Metaflow's settings needs it",
    "numpy": "present only where the author's code uses it",
    "pandas": "present only where the author's code uses it, or where a frame is asked for",
    "polars": "present only where the author's code uses it, or where a frame is asked for",
    "pdb": "only --pdb needs it",
    "rich": "only a terminal needs it",
    "obstore": "its threads must not exist in a process that forks",
    "subprocess": "only a command that starts somebody else's program needs it",
    "sqlite3": "only readers of the index need it",
    "threadpoolctl": "only a host whose author uses a library with threads needs it",
    "tomllib": "only a file of settings needs it",
    "yaml": "only whoever has a config in YAML needs it",
    "zoneinfo": "only a schedule with a time zone needs it",
    "zstandard": "only large text-like blobs are compressed",
}


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, module) of every import below a node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


def test_functions_import_only_what_has_a_reason_to_wait() -> None:
    hidden = {
        f"{relative(path)}:{line}: {module}"
        for path in source_files()
        for function in functions(syntax_tree(path))
        for line, module in _imports(function)
        if not any(module == allowed or module.startswith(f"{allowed}.") for allowed in ALLOWED)
    }
    assert hidden == set()


#: Where a module of ours is imported by its name at run time, and why.
BY_NAME = {
    "src/headwater/compat/answer.py": "THE table of Metaflow's names",
    "src/headwater/__init__.py": "public names are loaded when they are first asked for",
    "src/headwater/cards/__init__.py": "public names are loaded when they are first asked for",
    "src/headwater/plugins.py": "the table of back ends",
    "src/headwater/testing/__init__.py": "public names are loaded when they are first asked for",
    "src/headwater/hosts/spawn.py": "a fresh interpreter is told by name what work it does",
    "src/headwater/flow/named.py": "an author names a parser or a decorator by text",
    "src/headwater/cli/commands.py": "a command's file is loaded when the command is called",
}


def test_a_room_imports_another_by_its_name_only_through_a_table() -> None:
    callers = {
        relative(path)
        for path in source_files()
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.Name) and node.id in {"import_module", "__import__"}
    }
    assert callers <= set(BY_NAME)
