"""The packages in docs/architecture.md are those of the tree and of the import contract, in its order."""

import re
import tomllib

from tests.support.repository import ROOT, STAGES

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
