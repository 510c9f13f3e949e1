"""`gatemeter prices`: what a person or script sees."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gatemeter.cli.commands import prices
from gatemeter.cli.registry import EXAMPLES
from gatemeter.errors import ConflictError, SettingsError
from gatemeter.pricing.book_files import book_from_text, load_book
from gatemeter.pricing.price_book import PriceBook
from tests.support.decode_command import with_ai

OWN = """\
currency = "USD"
entries = [
  {provider = "openai", model = "gpt-4o", consumer = "acme", prices = {input = 2, output = 8}},
]
"""
PUBLISHED = book_from_text(
    "currency = 'USD'\nentries = [{provider = 'p', model = 'm', prices = {input = 2}}]", "published"
)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(prices.command, list(map(str, arguments)), standalone_mode=False)


def refused(*arguments: str | Path) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, SettingsError)
    return str(result.exception)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> PriceBook:
    monkeypatch.setattr(prices, "published_book", lambda: PUBLISHED)
    return PUBLISHED


def listed(*arguments: str | Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("list", *arguments, "--json").stdout)
    return rows


def test_list_shows_what_a_call_pays_overrides_first(own: Path) -> None:
    for model in ("gpt-4o", "gpt-4o-2024-08-06"):
        rows = listed("--prices", own, "--provider", "openai", "--model", model, "--at", "2025-07-01")
        plain = [row for row in rows if not row["modifiers"]]
        assert [(row["consumer"], row["input"], row["output"], row["rates"].get("cache_read")) for row in plain] == [
            ("acme", "2", "8", None),
            ("", "2.5", "10", "1.25"),
        ]


def test_list_knows_dates_tiers_and_contexts() -> None:
    for at, price in (("2025-06-09T23:00", "10"), ("2025-06-10", "2")):
        rows = listed("--provider", "openai", "--model", "o3", "--at", at)
        assert [row["input"] for row in rows if not row["modifiers"]] == [price]
    rows = listed("--provider", "gemini", "--model", "gemini-2.5-pro", "--at", "2025-07-01")
    assert [(row["provider"], row["context_above_tokens"], row["input"]) for row in rows] == [
        ("google", 0, "1.25"),
        ("google", 200_000, "2.5"),
    ]
    rows = listed("--provider", "openai", "--model", "gpt-4o", "--at", "2026-11-01")
    prices = {row["modifiers"]: row["input"] for row in rows}
    assert (prices[""], prices["service_tier=batch"], prices["service_tier=priority"]) == ("2.5", "1.25", "4.25")


def test_list_shows_a_fallback_price_as_estimated() -> None:
    rows = listed("--provider", "azure", "--model", "gpt-4.5-preview", "--at", "2025-07-01")
    assert [(row["provider"], row["evidence"]) for row in rows] == [("openai", "estimated")]


def test_list_without_a_model_lists_a_provider_as_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(run("list", "--provider", "xai", "--csv").stdout)))
    assert {row["provider"] for row in rows} == {"x-ai"}
    assert len(rows) > 10


@pytest.mark.parametrize("columns", ["80", "160"])
def test_a_listed_price_has_a_unit_and_a_whole_model(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = run("list", "--provider", "anthropic").stdout.splitlines()
    assert "prices of a million tokens" in "\n".join(lines)
    models = {row["model"] for row in listed("--provider", "anthropic")}
    assert models <= {word for line in lines for word in line.split()}
    assert all(len(line) <= int(columns) for line in lines)


def test_listed_prices_stand_by_their_decimal_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = run("list", "--model", "gpt-4o").stdout.splitlines()
    rows = [line for line in lines if line.startswith("openai  ")]
    assert len({row.index(".") for row in rows}) == 1


def test_list_says_when_there_is_no_price() -> None:
    result = run("list", "--provider", "ollama", "--csv")
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == "no price: such calls are counted as unpriced\n"


def test_lint_refuses_a_factor_that_makes_a_packaged_price_endless(own: Path) -> None:
    modifier = "provider = 'openai', name = 'speed', value = 'fast', factors = {factor = '0.333333333333333333'}"
    own.write_text(f'currency = "USD"\nmodifiers = [{{{modifier}}}]\n', encoding="utf-8")
    said = refused("lint", own)
    assert said.startswith(f"{own} modifiers.1: input in speed=fast would have more than 18 decimals")
    assert said.endswith("; write a factor with fewer decimals, or prices in an entry of your own")


def test_lint_says_what_is_in_a_book_and_contradicts_others(own: Path) -> None:
    result = run("lint", own)
    assert result.stderr == f"{own}: 1 entry, USD\n"
    assert result.stdout.startswith(f"{own}: openai: 1 entries have a price for all time, also before it was published")
    own.write_text(OWN.replace('consumer = "acme", ', ""), encoding="utf-8")
    [warning] = [each for each in json.loads(run("lint", own, "--json").stdout) if "prices.toml" in each["what"]]
    assert warning == {
        "book": str(own),
        "entry": "entry 1 (openai/gpt-4o)",
        "what": "contradicts prices.toml (openai/gpt-4o): input 2 for 2.5, output 8 for 10, no cache_read, "
        "no per_web_search, no per_file_search, no batch, no fast, no priority",
        "do": "keep it if its source is the newer one",
    }


def test_lint_ends_with_a_code_for_warnings_if_strict(own: Path) -> None:
    assert (run("lint", own).return_value, run("lint", own, "--strict").return_value) == (0, 9)


def test_lint_without_a_file_looks_at_the_packaged_books() -> None:
    books = {each["book"] for each in json.loads(run("lint", "--json").stdout)}
    assert "prices.toml" in books


def test_lint_refuses_a_wrong_book_and_another_currency(own: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(OWN.replace("input = 2", "input = -2"), encoding="utf-8")
    assert refused("lint", own, wrong) == (
        f"{wrong} entry 1 (openai/gpt-4o) prices.1.input: -2 is negative; write 0 or more"
    )
    wrong.write_text(OWN.replace("USD", "EUR"), encoding="utf-8")
    assert "price books are in EUR and USD" in refused("lint", own, wrong)


def test_books_in_another_currency_replace_packaged_prices(own: Path) -> None:
    own.write_text(OWN.replace("USD", "EUR"), encoding="utf-8")
    assert run("lint", own).stderr == f"{own}: 1 entry, EUR\n"
    listed = json.loads(run("list", "--prices", own, "--json").stdout)
    assert {(row["provider"], row["model"]) for row in listed} == {("openai", "gpt-4o")}


@pytest.mark.usefixtures("published")
def test_refresh_compares_and_writes_only_with_write(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(
        "currency = 'USD'\nentries = [{provider = 'p', model = 'm', prices = {input = 1}}]", encoding="utf-8"
    )
    result = run("refresh", "--write", path, "--from", "2026-05-01", "--json")
    assert json.loads(result.stdout) == [
        {
            "kind": "changed",
            "model": "p/m",
            "what": "price from 2026-05-01",
            "before": "",
            "after": "{from = 2026-05-01, input = 2}",
        }
    ]
    assert result.stderr == f"{path}: 1 models, 1 changes to review\n"
    assert [str(price.input) for price in load_book(path).entries[0].prices] == ["1", "2"]
    again = run("refresh", "--write", path, "--from", "2026-05-01", "--json")
    assert json.loads(again.stdout) == []


@pytest.mark.usefixtures("published")
def test_refresh_without_write_compares_the_packaged_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changes = json.loads(run("refresh", "--json").stdout)
    assert {change["kind"] for change in changes} == {"added", "removed"}
    assert list(tmp_path.iterdir()) == []


def test_two_forms_at_once_are_refused() -> None:
    assert "--json and --csv are both given" in refused("list", "--json", "--csv")
    assert "--json and --csv are both given" in refused("refresh", "--json", "--csv")
    assert "'soon' is not a date" in refused("list", "--at", "soon")


def test_refresh_does_not_overwrite_a_book_in_another_currency(own: Path, published: PriceBook) -> None:
    book = OWN.replace("USD", "EUR")
    own.write_text(book, encoding="utf-8")
    error = run("refresh", "--write", own).exception
    assert isinstance(error, ConflictError)
    assert str(error).startswith(f"{own}: holds prices in EUR, and published prices are in USD; write the published")
    assert own.read_text(encoding="utf-8") == book


def test_no_example_writes_into_the_book_that_others_read() -> None:
    """Whoever copies the examples one after another keeps their book."""
    read = {word for line in (*EXAMPLES["prices"], *EXAMPLES["prices lint"]) for word in line.split()}
    written = [line.split("--write ")[1].split()[0] for line in EXAMPLES["prices refresh"] if "--write" in line]
    assert written
    assert not read & set(written)


LOG = (
    with_ai("proxy_3_12_details"),
    with_ai("proxy_3_12_details").replace(b"gpt-4o-mini", b"gpt-9"),
    with_ai("proxy_3_12_details").replace(b"gpt-4o-mini", b"gpt-9"),
)


def coverage(tmp_path: Path, *options: str | Path) -> Result:
    log = tmp_path / "access.log"
    log.write_bytes(b"\n".join((*LOG, b"no event")))
    return run("coverage", log, *options)


def test_coverage_names_the_models_without_a_price_and_why(tmp_path: Path) -> None:
    result = coverage(tmp_path, "--json")
    [row] = json.loads(result.stdout)
    assert (row["provider"], row["calls"], row["evidence"]) == ("openai", 2, "unpriced")
    assert row["model"].startswith("gpt-9")
    assert row["units"] == "cached_tokens, reasoning_tokens, fresh_input_tokens, plain_output_tokens"
    assert row["reason"] == f"no price for openai/{row['model']}"
    assert result.stderr == (
        "2 of 3 calls have no price, or a doubtful one\n1 events cannot be read; gatemeter decode says why\n"
    )


def test_coverage_says_that_packaged_prices_need_a_rate(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("currency = 'EUR'", encoding="utf-8")
    rows = json.loads(coverage(tmp_path, "--prices", own, "--json").stdout)
    unknown, known = sorted((row["reason"] for row in rows), reverse=True)
    assert unknown.startswith("no price for openai/gpt-9")
    assert known == "no exchange rate from USD to EUR at this time"


def test_coverage_is_strict_on_request_and_reads_own_books(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        """
        currency = "USD"
        [[entries]]
        provider = "openai"
        model = "gpt-9"
        match = {starts_with = "gpt-9"}
        prices = {input = 1, output = 2, cache_read = 0.1}
        """,
        encoding="utf-8",
    )
    assert coverage(tmp_path, "--strict").return_value == 9
    assert coverage(tmp_path, "--strict", "--prices", own).return_value == 0
    rows = json.loads(coverage(tmp_path, "--prices", own, "--all", "--json").stdout)
    assert [(row["calls"], row["evidence"]) for row in rows] == [(2, "computed"), (1, "computed")]
