"""The packages in docs/architecture.md are those of the tree and of the import contract, in its order.

SQL is named by strings, which the import contract does not see; here it keeps to the same order.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter

from tests.support.repository import ROOT, STAGES

_SHARED_PART = re.compile(r"\$\{(\w+)/\w+\}")
_QUERY_NAME = re.compile(r"(\w+)/\w*")
_ROW = re.compile(r"^\| (`[^|]+`) \| `(\w+)/` \|", re.MULTILINE)


def documented() -> list[tuple[frozenset[str], str]]:
    """Each row of the table: its packages, and the folder that they are said to lie under."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return [(frozenset(re.findall(r"`(\w+)`", names)), folder) for names, folder in _ROW.findall(text)]


def layers() -> list[frozenset[str]]:
    """The layers of the import contract, lowest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = settings["tool"]["importlinter"]["contracts"]
    return [frozenset(re.findall(r"\w+", layer)) for layer in reversed(contract["layers"])]


def test_the_documented_order_is_that_of_the_contract() -> None:
    assert [names for names, _ in documented()] == layers()


def test_each_package_lies_where_the_document_says() -> None:
    places = {(name, folder) for names, folder in documented() for name in names}
    found = {
        (path.stem, folder)
        for folder in STAGES
        for path in (ROOT / folder / "gatemeter").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert places == found - {("__main__", "deploy")}


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module by its name."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_bytes())
        for folder in STAGES
        for root in [ROOT / folder]
        for path in (root / "gatemeter").rglob("*.py")
    }


def statements_in(tree: ast.AST) -> Iterator[ast.AST]:
    """All statements, without the expressions in them, which are most of a tree."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        for node in getattr(tree, part, ()):
            yield node
            yield from statements_in(node)


def imported(tree: ast.Module, known: Mapping[str, object]) -> set[str]:
    """The modules that a module imports, wherever in it that stands, also those for types alone."""
    statements = [node for node in statements_in(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    names = {alias.name for node in statements if isinstance(node, ast.Import) for alias in node.names}
    for node in statements:
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports name the whole path"
            within = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
            names |= within or {str(node.module)}
    return names & known.keys()


def test_no_modules_import_one_another() -> None:
    known = modules()
    imports = {name: imported(tree, known) for name, tree in known.items()}
    assert imports["gatemeter.kafka.security_settings"] >= {"gatemeter.errors", "gatemeter.kafka.security"}
    TopologicalSorter(imports).prepare()


def sources(suffix: str) -> Iterator[tuple[str, str]]:
    """The package and the text of every file with `suffix`."""
    for folder in STAGES:
        root = ROOT / folder / "gatemeter"
        for path in root.rglob(f"*{suffix}"):
            yield path.relative_to(root).parts[0].removesuffix(".py"), path.read_text(encoding="utf-8")


def used_sql() -> set[tuple[str, str]]:
    """Each package beside a package whose parts its queries take, or whose queries its code names."""
    with_sql = {path.parent.name for folder in STAGES for path in (ROOT / folder / "gatemeter").glob("*/sql")}
    parts = {(package, name) for package, text in sources(".sql") for name in _SHARED_PART.findall(text)}
    queries = {
        (package, named[1])
        for name, tree in modules().items()
        for package in [name.split(".")[1] if "." in name else name]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if (named := _QUERY_NAME.fullmatch(node.value)) and named[1] in with_sql
    }
    return parts | queries


def test_sql_is_taken_from_the_same_or_a_lower_package() -> None:
    height = {name: number for number, names in enumerate(layers()) for name in names}
    used = used_sql()
    assert {("explain", "explain"), ("explain", "verification"), ("explain", "reports")} <= used
    assert {(user, owner) for user, owner in used if user != owner and height[owner] >= height[user]} == set()
