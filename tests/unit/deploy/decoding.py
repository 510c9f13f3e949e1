"""Running `gatemeter decode` on small inputs, with a price book as small."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gatemeter.deploy.commands.decode import command
from gatemeter.streams.pricing import book_files
from tests.fixtures.kong.ai import ai_blocks
from tests.fixtures.kong.events import event_text
from tests.unit.streams.pricing.price_books import book

PRICES = book(
    """
    entries:
    - {provider: openai, model: gpt-4o-mini, prices: {input: 0.15, output: 0.60, cache_read: 0.075}}
    """
)


@pytest.fixture(autouse=True)
def small_price_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the packaged one takes longer than the rest."""
    monkeypatch.setattr(book_files, "seed_book", lambda: PRICES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.log"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False)


def decoded(path: Path, *arguments: str) -> list[dict[str, Any]]:
    result = run(path, "--json", *arguments)
    assert (result.exception, result.stderr) == (None, "")
    records: list[dict[str, Any]] = json.loads(result.stdout)
    return records


def record_of(path: Path, text: bytes, *arguments: str) -> dict[str, Any]:
    path.write_bytes(text)
    (record,) = decoded(path, *arguments)
    return record


def with_ai(name: str, **others: str) -> bytes:
    """A request with the `ai` member in NAME.json, on one line."""
    ai = (Path(ai_blocks.__file__).parent / f"{name}.json").read_text(encoding="utf-8").replace("\n", " ")
    return event_text(**others, extra=f'"ai":{ai}')
