"""The settings file: TOML whose top-level keys serve every command and whose tables serve one.

    kafka = "broker-1:9092"          # --kafka of every command that has it
    [worker]                         # gatemeter worker
    flush-interval-s = 2.0
    [report.billable]                # gatemeter report billable
    period = "month"
    [kafka-security]                 # TLS and login of every command that connects to Kafka
    mechanism = "SCRAM-SHA-512"

Keys are the long flags without the dashes in front; `-` and `_` mean the same.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import click
from click.core import ParameterSource

from gatemeter.cli.registry import COMMANDS, load_command
from gatemeter.errors import SettingsError
from gatemeter.escaping import is_unicode
from gatemeter.kafka.security_names import TABLE as KAFKA_TABLE
from gatemeter.lenient.toml import parse_toml

DEFAULT_FILE = Path("gatemeter.toml")

_FILE = "gatemeter.settings_file"


class TableOnlyOption(click.Option):
    """An option that means something else than the options of other commands that are called the same.

    A key at the top of the settings file does not reach it; the table of its command does.
    """


class SettingsFileContext(click.Context):
    """Names the settings file in errors about a value that comes from it, and refuses texts that are not Unicode.

    Such a text, which Python makes of an argument that is not UTF-8, could not be stored or asked for. Paths may be
    anything.
    """

    def invoke(self, callback: Any, /, *args: Any, **values: Any) -> Any:
        """Call the command. Raises BadParameter for a text that is not Unicode."""
        for parameter in self.command.params:
            value = values.get(parameter.name or "")
            texts = value if isinstance(value, tuple | list) else [value]
            if any(isinstance(text, str) and not is_unicode(text) for text in texts):
                message = r"it is not UTF-8; write a byte that is not as \xe9 where gatemeter shows it so"
                raise click.BadParameter(message, ctx=self, param=parameter)
        return super().invoke(callback, *args, **values)

    @staticmethod
    def remember(context: click.Context, path: Path | None) -> None:
        """Say which file the default map was read from, if any, for `context` and those of its commands."""
        context.meta[_FILE] = path

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, tb: TracebackType | None
    ) -> None:
        path = self.meta.get(_FILE)
        if path is not None and isinstance(exc_value, SettingsError) and self._is_from_file(exc_value.where):
            exc_value.where = f"{path}: {exc_value.where.removeprefix('--')}"
        elif path is not None and isinstance(exc_value, click.BadParameter) and exc_value.ctx is self:
            name = exc_value.param.name if exc_value.param else None
            if name and self._is_from_file(name):
                exc_value.message = f"{exc_value.message.rstrip('.')} (in {path})"
        super().__exit__(exc_type, exc_value, tb)

    def _is_from_file(self, flag: str) -> bool:
        return self.get_parameter_source(_parameter(flag.removeprefix("--"))) is ParameterSource.DEFAULT_MAP


def settings_path(path: Path | None) -> Path | None:
    """The settings file: `path`, else `gatemeter.toml` in the working directory if it is there."""
    return DEFAULT_FILE if path is None and DEFAULT_FILE.is_file() else path


def default_map_from(path: Path | None) -> dict[str, Any]:
    """Read the settings file into click's default map: {command: {parameter: value}}; empty without a file.

    A key at the top reaches no `TableOnlyOption`. Raises SettingsError for a file that cannot be read or parsed, and
    for a key or table that belongs to no command.
    """
    if path is None:
        return {}
    document = _read(path)
    shared = {_parameter(key): value for key, value in document.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in document.items() if isinstance(value, dict) and key != KAFKA_TABLE}
    known = _commands()
    _refuse_unknown_tables(tables, known, "", path)
    _refuse_unknown(shared, {p for command in known.values() for p in _shared_parameters(command)}, str(path))
    shared = _as_text(shared, str(path))
    return {name: _defaults(command, name, shared, tables.get(name, {}), path) for name, command in known.items()}


def kafka_security_from(path: Path | None) -> dict[str, str]:
    """The table `[kafka-security]`, whose keys have no flags. Raises SettingsError as `default_map_from` does."""
    table = {} if path is None else _read(path).get(KAFKA_TABLE, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{KAFKA_TABLE} is not a table", where=str(path), do=f"write [{KAFKA_TABLE}]")
    for key, value in table.items():
        if not isinstance(value, str):
            raise SettingsError(f"{key} is not a text", where=f"{path} [{KAFKA_TABLE}]", do="write it in quotes")
    if table:
        from gatemeter.kafka.security import KafkaSecurity

        names = {_parameter(key): key for key in table}
        _refuse_unknown(names, set(KafkaSecurity.model_fields), f"{path} [{KAFKA_TABLE}]", "see docs/security.md")
    return table


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
        return parse_toml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise SettingsError(f"is not TOML: {error}", where=str(path)) from error


def _commands() -> dict[str, click.Command]:
    return {name: load_command(name) for name in COMMANDS}


def _defaults(
    command: click.Command, name: str, shared: dict[str, Any], table: dict[str, Any], path: Path
) -> dict[str, Any]:
    """The default map of the command whose table in the file is `[name]`."""
    where = f"{path} [{name}]"
    children = command.commands if isinstance(command, click.Group) else {}
    _refuse_unknown_tables({key for key, value in table.items() if isinstance(value, dict)}, children, name, path)
    own = {_parameter(key): value for key, value in table.items() if not isinstance(value, dict)}
    own = _as_text(own, where)
    _refuse_unknown(own, _parameters(command), where)
    values = {key: value for key, value in shared.items() if key in _shared_parameters(command)} | own
    for child_name, child in children.items():
        nested = table.get(child_name, {})
        values[child_name] = _defaults(child, f"{name}.{child_name}", {**shared, **own}, nested, path)
    return values


def _parameters(command: click.Command) -> set[str]:
    return {parameter.name for parameter in _all_parameters(command) if parameter.name}


def _shared_parameters(command: click.Command) -> set[str]:
    parameters = _all_parameters(command)
    return {each.name for each in parameters if each.name and not isinstance(each, TableOnlyOption)}


def _all_parameters(command: click.Command) -> Iterator[click.Parameter]:
    """The parameters of `command` and of the commands in it."""
    yield from command.params
    if isinstance(command, click.Group):
        for child in command.commands.values():
            yield from _all_parameters(child)


def _refuse_unknown_tables(names: Iterable[str], known: Collection[str], inside: str, path: Path) -> None:
    for name in names:
        if name not in known:
            full = f"{inside}.{name}" if inside else name
            do = f"use one of {', '.join(known)}" if known else f"write settings directly into [{inside}]"
            raise SettingsError(f"there is no command [{full}]", where=str(path), do=do)


def _refuse_unknown(
    values: dict[str, Any], known: set[str], where: str, do: str = "see gatemeter COMMAND --help"
) -> None:
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}", where=where, do=do)


def _parameter(key: str) -> str:
    return key.replace("-", "_")
