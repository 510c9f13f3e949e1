"""The settings file: TOML whose top-level keys serve every command and whose tables serve one.

    kafka = "broker-1:9092"          # --kafka of every command that has it
    [worker]                         # gatemeter worker
    flush-interval-s = 2.0
    [report.billable]                # gatemeter report billable
    period = "month"

Keys are the long flags without the dashes in front; `-` and `_` mean the same.
"""

import tomllib
from pathlib import Path
from typing import Any

import click

from gatemeter.cli.registry import COMMANDS, load_command
from gatemeter.errors import SettingsError

DEFAULT_FILE = Path("gatemeter.toml")


def default_map_from(path: Path | None) -> dict[str, Any]:
    """Read the settings file into click's default map: {command: {parameter: value}}.

    Without `path` the file `gatemeter.toml` in the working directory is used if it exists. Raises SettingsError for a
    file that cannot be read or parsed, and for a key that no command knows.
    """
    if path is None:
        if not DEFAULT_FILE.is_file():
            return {}
        path = DEFAULT_FILE
    document = _read(path)
    shared = {_parameter(key): value for key, value in document.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in document.items() if isinstance(value, dict)}
    known = _commands()
    for name in tables:
        if name not in known:
            raise SettingsError(f"there is no command [{name}]", where=str(path), do=f"use one of {', '.join(known)}")
    _refuse_unknown(shared, {p for command in known.values() for p in _parameters(command)}, str(path))
    shared = _as_text(shared, str(path))
    return {name: _defaults(command, shared, tables.get(name, {}), path) for name, command in known.items()}


def _as_text(values: dict[str, Any], where: str) -> dict[str, Any]:
    """Values as a person would write them after a flag, so that they are checked and converted in the same way."""
    for key, value in values.items():
        if not isinstance(value, str | int | float | bool | list):
            raise SettingsError(f"{key} is not a text, number, true, false or list", where=where)
    return {key: _flag_value(value) for key, value in values.items()}


def _flag_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_flag_value(item) for item in value]
    return value if isinstance(value, bool) else str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"is not TOML: {error}", where=str(path)) from error


def _commands() -> dict[str, click.Command]:
    return {name: load_command(name) for name in COMMANDS}


def _defaults(command: click.Command, shared: dict[str, Any], table: dict[str, Any], path: Path) -> dict[str, Any]:
    own = {_parameter(key): value for key, value in table.items() if not isinstance(value, dict)}
    own = _as_text(own, f"{path} [{command.name}]")
    _refuse_unknown(own, _parameters(command), f"{path} [{command.name}]")
    values = {key: value for key, value in shared.items() if key in _parameters(command)} | own
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            nested = table.get(name, {})
            values[name] = _defaults(child, {**shared, **own}, nested if isinstance(nested, dict) else {}, path)
    return values


def _parameters(command: click.Command) -> set[str]:
    names = {parameter.name for parameter in command.params if parameter.name}
    if isinstance(command, click.Group):
        names |= {name for child in command.commands.values() for name in _parameters(child)}
    return names


def _refuse_unknown(values: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}", where=where, do="see gatemeter COMMAND --help")


def _parameter(key: str) -> str:
    return key.replace("-", "_")
