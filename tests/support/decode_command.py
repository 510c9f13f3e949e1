"""Running `gatemeter decode` on small inputs, with a price book as small."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gatemeter.cli.commands.decode import command
from gatemeter.pricing import book_files
from tests.support.ai_members import ai_text
from tests.support.kong_events import event_text
from tests.support.price_books import book

PRICES = book(
    """
    [[snapshot_suffixes]]
    providers = "openai"
    form = "-YYYY-MM-DD"
    source = "https://platform.openai.com/docs/models"

    [[entries]]
    provider = "openai"
    model = "gpt-4o-mini"
    prices = {input = 0.15, output = 0.60, cache_read = 0.075}
    """
)


@pytest.fixture(autouse=True)
def small_price_book(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a small book: reading the packaged one takes longer than the test."""
    monkeypatch.setattr(book_files, "packaged_books", lambda: [PRICES])


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
    ai = ai_text(name)
    return event_text(**others, extra=f'"ai":{ai}')
