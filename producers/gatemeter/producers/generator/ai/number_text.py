"""Numbers as the gateway's log plugins print them."""

import msgspec


def number_text(value: float) -> str:
    """`value` with 14 significant digits: 4.68e-05, 30.142857142857, and whole ones without a point."""
    return f"{value:.14g}"


def json_number(value: float) -> msgspec.Raw:
    """The same as a JSON value."""
    return msgspec.Raw(number_text(value).encode())
