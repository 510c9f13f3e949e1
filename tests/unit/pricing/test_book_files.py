"""Numbers of a price book are read to the last digit, and no book of an earlier version is lost."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.pricing.book_files import book_from_text, load_book
from tests.support.price_books import book

_DOCS = Path(__file__).parents[3] / "docs/pricing.md"


def entry(price: str) -> str:
    return f"[[entries]]\nprovider = 'p'\nmodel = 'm'\nprices = {{input = {price}}}"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", "0.1"),
        ("0.07500000000000001", "0.07500000000000001"),
        ("0.000000000000000001", "1e-18"),
        ("1.5e-07", "0.00000015"),
        ("1_000.5", "1000.5"),
        ("3", "3"),
        ("0", "0"),
        ("1_000_000", "1000000"),
        ("0x10", "16"),
        ("0b1", "1"),
        ("'0.123456789012345678'", "0.123456789012345678"),
    ],
)
def test_a_price_is_read_to_its_last_digit(text: str, number: str) -> None:
    assert book(entry(text)).entries[0].prices[0].input == Decimal(number)


@pytest.mark.parametrize("text", ["010", "1:30", "1:30.5", "2.", ".5", "0.1.2", "1e" + "9" * 30, "-1e-" + "9" * 30])
def test_a_number_that_is_not_plain_decimal_is_not_toml(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^mine\.toml: is not valid TOML: "):
        book(entry(text))


@pytest.mark.parametrize("text", ["inf", "-inf", "nan", "9" * 40, "1e999999", "1e-999999"])
def test_a_number_that_nobody_can_pay_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^mine\.toml entry 1 \(p/m\) prices\.1\.input: "):
        book(entry(text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\na = 2\nb = 3", "is not valid TOML: Cannot overwrite a value (at line 2, column 6)"),
        ("a = [1, 2", "is not valid TOML: Unclosed array"),
        ("currency: USD", "is not valid TOML: Expected '=' after a key in a key/value pair (at line 1, column 9)"),
        ("a = 2026-02-31", "is not valid TOML: Invalid date or datetime"),
    ],
)
def test_text_that_is_not_toml_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        book_from_text(text, "mine.toml")
    assert str(refused.value).startswith(f"mine.toml: {message}")
    assert str(refused.value).endswith("; docs/pricing.md shows how price books are written")


YAML_BOOK = """\
currency: EUR
aliases: {gw: openai}
entries:
- &first
  provider: openai
  model: 'yes'
  consumer: "0123"
  note:
  match: {equals: [a, '1.5'], regex: '^x-\\d{2}$'}
  prices:
  - {input: 0.123456789012345678, output: 1_000.5, per_call: 1e-7}
  - {from: 2026-01-01, utc_hours: 22-2, input: 1, context: {above: 200000, input: 2}}
  - {from: 2026-01-01T05:00, input: 3}
  service_tiers: {flex: {factor: 0.5}}
- {<<: *first, model: other, consumer: null}
"""
THE_SAME_IN_TOML = """\
currency = "EUR"
aliases = {gw = "openai"}

[[entries]]
provider = "openai"
model = "yes"
consumer = "0123"
match = {equals = ["a", "1.5"], regex = '^x-\\d{2}$'}
prices = [
  {input = 0.123456789012345678, output = 1000.5, per_call = 0.0000001},
  {from = 2026-01-01, utc_hours = ["22-2"], input = 1, context = {above = 200000, input = 2}},
  {from = 2026-01-01T05:00:00Z, input = 3},
]
service_tiers.flex = {factor = 0.5}

[[entries]]
provider = "openai"
model = "other"
match = {equals = ["a", "1.5"], regex = '^x-\\d{2}$'}
prices = [
  {input = 0.123456789012345678, output = 1000.5, per_call = 0.0000001},
  {from = 2026-01-01, utc_hours = ["22-2"], input = 1, context = {above = 200000, input = 2}},
  {from = 2026-01-01T05:00:00Z, input = 3},
]
service_tiers.flex = {factor = 0.5}
"""


def test_a_yaml_book_is_refused_with_the_way_to_convert_it(tmp_path: Path) -> None:
    for name in ("own.yaml", "own.YML"):
        path = tmp_path / name
        path.write_text(YAML_BOOK, encoding="utf-8")
        with pytest.raises(SettingsError) as refused:
            load_book(path)
        assert str(refused.value) == (
            f"{path}: is YAML, and price books are TOML; convert it once: docs/pricing.md has the command"
        )


def test_the_documented_command_converts_yaml_to_the_digit(tmp_path: Path) -> None:
    old, new = tmp_path / "own.yaml", tmp_path / "own.toml"
    old.write_text(YAML_BOOK, encoding="utf-8")
    program = _DOCS.read_text(encoding="utf-8").partition("<<'END'\n")[2].partition("END\n")[0]
    subprocess.run([sys.executable, "-", old, new], input=program, text=True, check=True)
    assert load_book(new) == book_from_text(THE_SAME_IN_TOML, "expected")
