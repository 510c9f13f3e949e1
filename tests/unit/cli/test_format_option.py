"""`--format` offers the formats of the registry."""

import click

from gatemeter.formats.registry import FORMATS, aliases
from tests.support.repository import commands


def test_every_format_option_offers_the_registered_formats() -> None:
    found = [
        (name, list(parameter.type.choices))
        for name, command in commands()
        for parameter in command.params
        if parameter.name == "format" and isinstance(parameter.type, click.Choice)
    ]
    assert {name for name, _ in found} >= {"meter", "ship", "decode"}
    names = [each.name for each in FORMATS]  # another test may have given this process a mapping
    assert all(choices == [*names, "auto", *aliases()] for _, choices in found)
    assert aliases() == {"kong": "kong-log"}
