"""Groups of commands: what a misspelt command may have meant, and a list that cuts no sentence off."""

from difflib import get_close_matches

import click

_ANY_LENGTH = 1_000


class SuggestingGroup(click.Group):
    """Adds the names of similar commands to the error about one that does not exist; lists whole sentences."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See `click.Group`; raises UsageError."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = get_close_matches(args[0], self.list_commands(ctx))
            if close and "?" not in error.message:
                error.message = f"{error.message.rstrip('.')}. Did you mean {' or '.join(close)}?"
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Group`, which ends a sentence with dots where a line is full."""
        named = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        lines = [(name, command.get_short_help_str(_ANY_LENGTH)) for name, command in named if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(lines)
