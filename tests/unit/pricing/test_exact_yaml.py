"""Numbers of a price book are read to the last digit, and nothing in it is taken for something else."""

from decimal import Decimal

import pytest

from gatemeter.errors import SettingsError
from gatemeter.pricing.book_files import load_exact_yaml


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.1", Decimal("0.1")),
        ("0.07500000000000001", Decimal("0.07500000000000001")),
        ("0.000000000000000001", Decimal("1e-18")),
        ("1.5e-07", Decimal("0.00000015")),
        ("-0.5", Decimal("-0.5")),
        ("2.", Decimal(2)),
        ("1_000.5", Decimal("1000.5")),
        ("3", 3),
        ("0", 0),
        ("1_000_000", 1_000_000),
        ("9" * 40, int("9" * 40)),
    ],
)
def test_numbers_are_exact(text: str, number: Decimal | int) -> None:
    read = load_exact_yaml(f"price: {text}", "mine.yaml")["price"]
    assert (type(read), read) == (type(number), number)


@pytest.mark.parametrize("text", ["010", "0x10", "0b1", "1:30", "1:30.5", ".inf", "-.inf", ".nan"])
def test_numbers_that_could_be_others_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="write it in plain decimal digits") as refused:
        load_exact_yaml(f"a: 1\nprice: {text}", "mine.yaml")
    assert refused.value.where == "mine.yaml line 2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input: 1\ninput: 2", "mine.yaml line 2: is no usable YAML: input is given twice"),
        ("a: [1, 2", "mine.yaml line 2: is no usable YAML: did not find expected"),
        ("? [a]\n: 1", "mine.yaml line 1: is no usable YAML: a list or mapping cannot be a key"),
        ("a: !!python/name:os.system x", "mine.yaml line 1: is no usable YAML: could not determine a constructor"),
        ("a: \x00", "mine.yaml: is no usable YAML"),
        ("a: 2026-02-31", "mine.yaml: is no usable YAML: day is out of range"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_exact_yaml(text, "mine.yaml")
    assert str(refused.value).startswith(said)
