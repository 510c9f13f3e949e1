"""What becomes of the values of a meter, and how the sum that is stored of them reads."""

from enum import StrEnum


class Aggregation(StrEnum):
    """What becomes of the values; stored in the column `aggregation`."""

    SUM = "sum"
    UNIQUE = "unique"
    """How many different values there are."""


def scaled_text(scaled: int, decimals: int) -> str:
    """The exact decimal text of a number times 10 ** `decimals`, without zeros at its end."""
    whole, fraction = divmod(abs(scaled), 10**decimals)
    digits = f"{fraction:0{decimals}}".rstrip("0") if decimals else ""
    return f"{'-' if scaled < 0 else ''}{whole}{'.' if digits else ''}{digits}"
