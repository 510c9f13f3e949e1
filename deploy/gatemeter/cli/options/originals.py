"""The options that say whether the originals of dead letters are kept, and with which key they are encrypted."""

import dataclasses
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.originals_key import (
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    directory_key,
    keys_in_file,
    keys_of_directory,
)
from gatemeter.errors import SettingsError
from gatemeter.metering.originals import OriginalKeys, keys_from_text
from gatemeter.metering.ruleset import Metering

Command = Callable[..., Any]


def key_file_option(command: Command) -> Command:
    """Add `--originals-key`; `command` gets `originals_key: Path | None`."""
    return click.option(
        "--originals-key",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar=KEY_FILE_VARIABLE,
        show_envvar=True,
        help="File with the key of dead letters' originals  [default: that of --data].",
    )(command)


def keep_originals_option(command: Command) -> Command:
    """Add `--keep-originals`; `command` gets `keep_originals: bool | None`, None if it is not said."""
    return click.option(
        "--keep-originals",
        type=click.BOOL,
        envvar="GATEMETER_KEEP_ORIGINALS",
        metavar="yes|no",
        help="Whether dead letters keep their originals, encrypted, to be replayed.  [default: yes, if there is a key]",
    )(command)


def sealing_options(command: Command) -> Command:
    """Add both options to a command that counts; its `metering` gets the keys, or None."""

    @key_file_option
    @keep_originals_option
    @functools.wraps(command)
    def with_keys(
        *arguments: Any, metering: Metering, originals_key: Path | None, keep_originals: bool | None, **options: Any
    ) -> Any:
        keys = None if keep_originals is False else sealing_keys(options.get("data"), originals_key)
        if keys is None and keep_originals:
            raise SettingsError("there is no key", where="--keep-originals", do=_HOW)
        return command(*arguments, metering=dataclasses.replace(metering, original_keys=keys), **options)

    return with_keys


def say_if_not_kept(metering: Metering) -> None:
    """Say on stderr that the running command keeps no originals, unless it was told to keep none."""
    if metering.original_keys is None and click.get_current_context().params.get("keep_originals") is None:
        click.echo(f"originals of dead letters are not kept, for there is no key; {_HOW}", err=True)


_HOW = f"name its file with --originals-key, or set {KEY_VARIABLE}; --keep-originals no does without"


def opening_option(command: Command) -> Command:
    """Add `--originals-key` to a command that reads; it gets `keys: OriginalKeys | None`, None if there is no key."""

    @key_file_option
    @functools.wraps(command)
    def with_keys(*arguments: Any, originals_key: Path | None, **options: Any) -> Any:
        return command(*arguments, keys=opening_keys(options.get("data"), originals_key), **options)

    return with_keys


def sealing_keys(data: Path | None, key_file: Path | None) -> OriginalKeys | None:
    """The keys to encrypt with; a data directory has one, made when it is needed. Raises SettingsError for a bad key.

    A file that was named is read at once, so that a worker does not count for hours before it says that it cannot.
    """
    named = _named_keys(key_file)
    if named is not None:
        named.require()
        return named
    return None if data is None else keys_of_directory(DataDir(data))


def opening_keys(data: Path | None, key_file: Path | None) -> OriginalKeys | None:
    """The keys to decrypt with; None if there are none. Makes no key."""
    named = _named_keys(key_file)
    if named is not None or data is None:
        return named
    path = directory_key(DataDir(data))
    return keys_in_file(path) if path.exists() else None


def _named_keys(key_file: Path | None) -> OriginalKeys | None:
    if key_file is not None:
        return keys_in_file(key_file)
    key = os.environ.get(KEY_VARIABLE)
    return OriginalKeys(lambda: keys_from_text(key, KEY_VARIABLE)) if key else None
