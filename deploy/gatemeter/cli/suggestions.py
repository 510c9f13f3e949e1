"""Groups of commands that say what a misspelt command may have meant."""

from difflib import get_close_matches

import click


class SuggestingGroup(click.Group):
    """Adds the names of similar commands to the error about one that does not exist."""

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
