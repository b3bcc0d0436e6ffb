"""What each step of a flow is made of, as a hash: its own source, and all of the author's that it uses.

    step ─► names it uses ─► functions, classes, values of the file ─► names these use ─► other files of the author's
       └──► self.helper, self.LIMIT ─► members of the class and its bases

Told from the source alone: comments, layout and docstrings do not count. What cannot be told from it: names made at run
time (`getattr`, `importlib`), libraries, data and configs that a step reads. What a file does when it is imported,
beside binding names, counts for every step that uses the file.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from headwater.flow.source_index import Module, SourceIndex, Use, uses_of, written

#: Decorators that change how a step is run and not what it does.
_HOW = frozenset({"retry", "timeout", "resources", "step"})
#: What in a class is given from outside: another value needs another run.
_GIVEN = ("Parameter", "IncludeFile", "Config")

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Fingerprints(NamedTuple):
    """A flow at one moment."""

    steps: Mapping[str, str]  # step -> hash
    given: str  # hash of its parameters and configs, and of what stands above the class
    files: tuple[Path, ...]  # in which all that was found
    awaited: tuple[Path, ...]  # of modules that are imported and are nowhere

    def changed_in(self, other: "Fingerprints") -> tuple[str, ...]:
        """The steps of both that are made of something else."""
        return tuple(step for step, mark in other.steps.items() if self.steps.get(step, mark) != mark)


class _Member(NamedTuple):
    """One attribute of a class, where it is written; or what stands above the class."""

    node: ast.AST
    module: Module


def fingerprints(file: Path, flow: str) -> Fingerprints:
    """Of the class `flow` in a file; SyntaxError where one cannot be parsed, KeyError where there is no such class."""
    index = SourceIndex(file.parent)
    module = index.module(file)
    owner = module.class_named(flow)
    if owner is None:
        raise KeyError(flow)
    members = dict(_members(index, module, owner))
    steps = {name: one for name, one in members.items() if _is_step(one.node)}
    helpers = {name: one for name, one in members.items() if name not in steps}
    marks = {name: _Walk(index, helpers).mark(one) for name, one in steps.items()}
    given = [one for one in helpers.values() if _is_given(one.node)]
    above = [_Member(decorator, module) for decorator in owner.decorator_list]
    whole = _Walk(index, {}, deeds=False).mark_all([*given, *above])
    awaited = {file for one in index.modules.values() for file in one.awaited}
    return Fingerprints(marks, whole, tuple(sorted(index.modules)), tuple(sorted(awaited)))


class _Walk:
    """From one step to everything that it uses."""

    def __init__(self, index: SourceIndex, helpers: Mapping[str, _Member], deeds: bool = True) -> None:
        """`deeds`: what files do when they are imported counts."""
        self._index = index
        self._deeds = deeds
        self._helpers = helpers
        self._seen: set[tuple[Path, int]] = set()
        self._names: set[tuple[Path, str]] = set()
        self._files: set[Path] = set()
        self._texts: list[str] = []

    def mark(self, step: _Member) -> str:
        assert isinstance(step.node, _Function)
        kept = [one for one in step.node.decorator_list if _name_of(one) not in _HOW]
        bare = type(step.node)(**{**dict(ast.iter_fields(step.node)), "decorator_list": kept})
        self._take(ast.copy_location(bare, step.node), step.module, step.node)
        return _hash(sorted(self._texts))

    def mark_all(self, members: Iterable[_Member]) -> str:
        for one in members:
            self._take(one.node, one.module, one.node)
        return _hash(sorted(self._texts))

    def _take(self, node: ast.AST, module: Module, place: ast.AST) -> None:
        """A piece of source, and what it uses."""
        if (module.file, id(place)) in self._seen:
            return
        self._seen.add((module.file, id(place)))
        self._texts.append(self._index.text(node) if node is place else written(node))
        self._use_file(module)
        for use in uses_of(node):
            self._follow(use, module)

    def _follow(self, use: Use, module: Module) -> None:
        if use.name == "self" and use.attribute in self._helpers:
            helper = self._helpers[use.attribute]
            if not _is_given(helper.node):
                self._take(helper.node, helper.module, helper.node)
        origin = module.imports.get(use.name)
        if origin is None:
            for statement in module.bindings.get(use.name, ()):
                self._take(statement, module, statement)
        elif origin.name:
            self._name_in(origin.file, origin.name)
        elif use.attribute:
            self._name_in(origin.file, use.attribute)
        else:
            self._all_of(origin.file)

    def _name_in(self, file: Path, name: str) -> None:
        """One name of another file; all of it where it binds no such name, as a package does for its modules."""
        module = self._index.module(file)
        if (file, name) in self._names:
            return
        self._names.add((file, name))
        self._use_file(module)
        if name in module.bindings or name in module.imports:
            self._follow(Use(name), module)
        else:
            self._all_of(file)

    def _all_of(self, file: Path) -> None:
        module = self._index.module(file)
        for name in sorted({*module.bindings, *module.imports}):
            self._name_in(file, name)
        self._use_file(module)

    def _use_file(self, module: Module) -> None:
        """What happens when a file is imported, and in those that it imports in turn."""
        if module.file in self._files or not self._deeds:
            return
        self._files.add(module.file)
        for deed in module.deeds:
            self._take(deed, module, deed)
        for file in module.imported:
            self._use_file(self._index.module(file))


def _members(index: SourceIndex, module: Module, owner: ast.ClassDef) -> Iterator[tuple[str, _Member]]:
    """The attributes of a class: those of its bases first, which its own replace."""
    for base in reversed(owner.bases):
        for use in uses_of(base):
            place = module
            origin = module.imports.get(use.name)
            if origin is not None:
                place = index.module(origin.file)
            found = place.class_named((origin.name or use.attribute) if origin is not None else use.name)
            if found is not None and found is not owner:
                yield from _members(index, place, found)
    for node in owner.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, _Member(node, module)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        yield name.id, _Member(node, module)


def _is_step(node: ast.AST) -> bool:
    return isinstance(node, _Function) and any(_name_of(one) == "step" for one in node.decorator_list)


def _is_given(node: ast.AST) -> bool:
    """Whether a member of the class is a parameter or a config."""
    calls = (one for one in ast.walk(node) if isinstance(one, ast.Call)) if isinstance(node, ast.Assign) else ()
    return any(_name_of(call).endswith(_GIVEN) for call in calls)


def _name_of(node: ast.AST) -> str:
    """`retry` of `@retry(times=2)` and of `@headwater.retry`."""
    if isinstance(node, ast.Call):
        return _name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _hash(texts: list[str]) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()[:16]
