"""Headers that are lists: several lines of one header are one list, whose members may have weights (RFC 9110)."""

import re

from starlette.datastructures import Headers

_WEIGHT = re.compile(r"[01](?:\.\d{0,3})?", re.ASCII)


def header_list(headers: Headers, name: str) -> list[str]:
    """The members of a list, in order; one that is quoted and holds a comma is in pieces."""
    return [each for piece in ",".join(headers.getlist(name)).split(",") if (each := piece.strip())]


def weighted_list(headers: Headers, name: str) -> dict[str, float]:
    """The members in small letters without their parameters, and their weights from 0 to 1.

    A weight that is not a number counts as 0; none as 1.
    """
    return dict(map(_weighted, header_list(headers, name)))


def _weighted(member: str) -> tuple[str, float]:
    value, *parameters = (each.strip() for each in member.lower().split(";"))
    weight = next((each.partition("=")[2].strip() for each in parameters if _names_weight(each)), "1")
    return value, min(1.0, float(weight)) if _WEIGHT.fullmatch(weight) else 0.0


def _names_weight(parameter: str) -> bool:
    return parameter.partition("=")[0].strip() == "q"
