"""Command-line options derived from a settings model, so that defaults, limits and descriptions are written once.

Every field of the model that has a description becomes an option: `flush_rows` becomes `--flush-rows`, read from
`GATEMETER_FLUSH_ROWS` too; one that is true or false becomes a flag. The model checks the values.
"""

import functools
from collections.abc import Callable
from enum import Enum
from types import NoneType
from typing import Any, get_args

import click
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from gatemeter.errors import SettingsError

Command = Callable[..., Any]


def settings_options(model: type[BaseModel]) -> Callable[[Command], Command]:
    """Add an option for each described field of `model`; the command gets `settings`, a checked instance.

    Raises SettingsError, naming every wrong flag, for values that the model refuses.
    """
    fields = {name: field for name, field in model.model_fields.items() if field.description}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_settings(*arguments: Any, **options: Any) -> Any:
            values = {name: options.pop(name) for name in fields}
            return command(*arguments, settings=_checked(model, values), **options)

        decorated: Command = with_settings
        for name, field in reversed(fields.items()):
            decorated = _option(name, field)(decorated)
        return decorated

    return decorate


def _option(name: str, field: FieldInfo) -> Callable[[Command], Command]:
    default = field.get_default()
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    value = {} if field.is_required() else {"default": default.value if isinstance(default, Enum) else default}
    return click.option(
        _flag(name),
        type=None if field.annotation is bool else _click_type(field.annotation),
        is_flag=field.annotation is bool,
        required=field.is_required(),
        show_default=not field.is_required() and default is not None,
        envvar=f"GATEMETER_{name.upper()}",
        metavar=extra.get("metavar"),
        help=field.description,
        **value,
    )


def _click_type(annotation: Any) -> Any:
    """The click type of `X` or `X | None`: a choice of values for an Enum, else X itself."""
    kind = next((each for each in get_args(annotation) if each is not NoneType), annotation)
    if issubclass(kind, Enum):
        return click.Choice([member.value for member in kind])
    return kind


def _checked(model: type[BaseModel], values: dict[str, Any]) -> BaseModel:
    try:
        return model(**values)
    except ValidationError as error:
        wrong = [f"{_flag(str(item['loc'][0]))}: {item['msg'].lower()}" for item in error.errors()]
        raise SettingsError("; ".join(wrong)) from error


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
