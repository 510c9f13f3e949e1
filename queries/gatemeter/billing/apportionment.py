"""Splits an amount by weights so that the parts add up to it, by the method of the largest remainder."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from math import floor


def apportioned(amount: Decimal, weights: Mapping[str, Decimal], places: int) -> Mapping[str, Decimal]:
    """Parts of `amount`, a whole number of smallest units of so many decimal `places`, in proportion to `weights`.

    Each part is its share rounded down, and the units that are left go to those that lost most by that; of equal ones
    to the name that comes first. Raises ValueError for weights that add up to 0.
    """
    unit = Decimal(1).scaleb(-places)
    units, whole = Fraction(amount) / Fraction(unit), sum(map(Fraction, weights.values()), Fraction(0))
    if not whole:
        msg = "weights add up to 0: nothing says whose the amount is"
        raise ValueError(msg)
    shares = {name: units * Fraction(weight) / whole for name, weight in weights.items()}
    parts = {name: floor(share) for name, share in shares.items()}
    left = int(units) - sum(parts.values())
    for name in sorted(shares, key=lambda each: (parts[each] - shares[each], each))[:left]:
        parts[name] += 1
    return {name: part * unit for name, part in parts.items()}
