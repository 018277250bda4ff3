"""The shape of the house, kept by tests: who may import whom, what the core may not touch, and how long things get."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "triage"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
CORE = [path for path in MODULES if "core" in path.relative_to(PACKAGE).parts]

ROOMS = {
    "mailbox",
    "courier",
    "store",
    "config",
    "credentials",
    "oauth",
    "resources",
    "files",
    "install",
    "notify",
    "demo",
    "labels",
    "discovery",
    "checkup",
    "desktop",
    "terminal",
    "pages",
}
"""The shell's rooms: none of them knows another one."""
FLOOR = {"core", "errors", "wire", "bell", "mapped", "providers", "whole"}
"""What every room may stand on. `triage` itself is there for its version."""
JOINERS = {
    "accounts",
    "hosting",
    "pipeline",
    "ahead",
    "resting",
    "reading",
    "restored",
    "delivery",
    "correcting",
    "replying",
    "wishes",
    "service",
    "watch",
    "cli",
    "__main__",
    "__init__",
}

IMPURE = {
    "asyncio", "builtins", "ctypes", "fcntl", "glob", "http", "imaplib", "importlib", "io", "logging", "mailbox", "os",
    "pathlib", "random", "secrets", "select", "shutil", "signal", "smtplib", "socket", "sqlite3", "ssl", "subprocess",
    "sys", "tempfile", "threading", "time", "urllib", "uuid",
    "click", "imapclient", "keyring", "platformdirs", "rich", "schedule", "sqlalchemy", "alembic", "tzlocal",
}  # fmt: skip
CLOCKS = {"now", "today", "utcnow", "fromtimestamp"}
LONGEST_BODY, LONGEST_MODULE, MOST_ARGUMENTS = 30, 320, 6


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path) -> Iterator[str]:
    """Every module imported anywhere in the file, with its full name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            # `from triage import resources` names a module by its alias.
            yield from (f"triage.{alias.name}" for alias in node.names) if module == "triage" else [module]


def own_imports(path: Path) -> set[str]:
    found = {name.split(".")[1] for name in imports(path) if name.startswith("triage.")}
    return {name for name in found if not name.startswith("__")}


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef))


def body_lines(function: ast.FunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", CORE, ids=named)
def test_the_core_imports_nothing_that_touches_the_world(path: Path) -> None:
    assert own_imports(path) <= {"core"}
    assert {name.split(".")[0] for name in imports(path)} & IMPURE == set()


@pytest.mark.parametrize("path", CORE, ids=named)
def test_the_core_reads_no_clock_and_opens_nothing(path: Path) -> None:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Attribute) and call.attr in CLOCKS]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id in {"open", "print", "input"}]


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in ROOMS], ids=named)
def test_the_rooms_do_not_know_each_other(path: Path) -> None:
    assert own_imports(path) <= FLOOR | {room(path)}


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in FLOOR - {"core"}], ids=named)
def test_the_floor_knows_no_room(path: Path) -> None:
    assert own_imports(path) <= FLOOR


def test_every_module_has_its_place() -> None:
    assert {room(path) for path in MODULES} == ROOMS | FLOOR | JOINERS


def test_nobody_imports_the_command_line() -> None:
    importers = {named(path) for path in MODULES if "cli" in own_imports(path) and room(path) != "cli"}
    assert importers == {"__main__.py"}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_sizes(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE
    assert ast.get_docstring(ast.parse(path.read_text())), "every module says what it is for"
    too_long = {f.name: body_lines(f) for f in functions(path) if body_lines(f) > LONGEST_BODY}
    assert not too_long
    crowded = [f.name for f in functions(path) if len(f.args.args) + len(f.args.kwonlyargs) > MOST_ARGUMENTS + 1]
    assert not crowded


def test_broad_handlers_stand_only_where_they_are_meant_to() -> None:
    """A fence each for a mail, a mailbox, a tick, work done ahead, a member's job, the command line, the keyring, and
    the parsers."""
    broad = {
        named(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    }
    assert broad <= {
        "ahead.py",
        "pipeline.py",
        "watch.py",
        "checkup/within.py",
        "cli/__init__.py",
        "credentials/ring.py",
        "core/mime.py",
        "core/addresses.py",
        "core/extract/invitation.py",
        "hosting/work.py",
        "hosting/letters.py",
        "hosting/looking.py",
        "hosting/tasks.py",
    }


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Those that clean up and raise again swallow nothing."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    return handler.type is None or bool(names & {"Exception", "BaseException"})


def test_words_of_the_glossary() -> None:
    """Names are the field's own; these say nothing about what a thing is."""
    poor = {"utils", "util", "helper", "helpers", "manager", "handler", "common", "misc"}
    assert not [named(path) for path in MODULES if set(path.stem.lower().split("_")) & poor]
    classes = [
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    assert not [name for name in classes if name.lower().endswith(("manager", "handler", "helper", "utils"))]


def test_the_standard_library_is_known_to_this_test() -> None:
    """A module renamed or misspelt in IMPURE would forbid nothing."""
    third_party = {
        "click",
        "imapclient",
        "keyring",
        "platformdirs",
        "rich",
        "schedule",
        "sqlalchemy",
        "alembic",
        "tzlocal",
    }
    assert set(sys.stdlib_module_names) >= IMPURE - third_party
