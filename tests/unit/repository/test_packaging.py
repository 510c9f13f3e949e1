"""What is installed is what is in the tree."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.support.repository import ROOT, STAGES

NOT_SHIPPED = {"__pycache__"}


@pytest.fixture(scope="module")
def wheel_files(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def source_files(stage: str) -> set[str]:
    root = ROOT / stage
    files = (path.relative_to(root) for path in (root / "gatemeter").rglob("*") if path.is_file())
    return {file.as_posix() for file in files if not NOT_SHIPPED.intersection(file.parts)}


def test_the_wheel_holds_every_file_of_every_stage(wheel_files: set[str]) -> None:
    expected = set().union(*(source_files(stage) for stage in STAGES))
    assert wheel_files == expected


def test_the_wheel_holds_the_sql(wheel_files: set[str]) -> None:
    assert any(name.startswith("gatemeter/migrations/") and name.endswith(".sql") for name in wheel_files)
    assert any(name.startswith("gatemeter/reports/") and name.endswith(".sql") for name in wheel_files)


@pytest.mark.parametrize("stage", STAGES)
def test_no_module_lies_where_the_wheel_leaves_it_out(stage: str) -> None:
    assert list((ROOT / stage).glob("*.py")) == []


@pytest.mark.parametrize("stage", STAGES)
def test_gatemeter_is_a_namespace_without_an_init_file(stage: str) -> None:
    assert not (ROOT / stage / "gatemeter" / "__init__.py").exists()


@pytest.mark.parametrize("stage", STAGES)
def test_every_package_is_marked_as_typed(stage: str) -> None:
    packages = [path for path in (ROOT / stage / "gatemeter").iterdir() if (path / "__init__.py").exists()]
    assert packages
    assert [path.name for path in packages if not (path / "py.typed").exists()] == []


@pytest.mark.parametrize(
    "lock",
    [
        "requirements.lock",
        *(f"deploy/{name}requirements.lock" for name in ("", "build-", "installer-")),
    ],
)
def test_a_lock_pins_everything_by_hash_and_names_no_place(lock: str) -> None:
    lines = Path(ROOT / lock).read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert pinned
    assert [line for line in pinned if "==" not in line or not line.endswith("\\")] == []
    assert [line for line in lines if "://" in line or line.startswith("-") or " @ " in line] == []


def test_the_image_runs_what_was_tested() -> None:
    tested = set(pins(ROOT / "requirements.lock"))
    assert set(pins(ROOT / "deploy" / "requirements.lock")) <= tested
    assert set(pins(ROOT / "deploy" / "build-requirements.lock")) <= tested


def pins(lock: Path) -> list[str]:
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.removesuffix("\\").strip() for line in lines if line and not line.startswith((" ", "#"))]
