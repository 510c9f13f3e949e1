"""Options that a key at the top of the settings file does not reach."""

import click


class TableOnlyOption(click.Option):
    """An option that means something else than the options of other commands that are called the same.

    The settings file sets it in the table of its command alone.
    """
