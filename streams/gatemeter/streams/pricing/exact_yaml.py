"""YAML whose numbers are read exactly: whole numbers as int, all others as Decimal, none as float.

Stricter than YAML in two ways, as prices are at stake: a key that is given twice is refused instead of the first one
being forgotten, and so are numbers in notations that few people read the same way (octal, base 60).
"""

import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

import yaml

from gatemeter.contracts.errors import SettingsError

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9_]*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(\d[\d_]*)?\.?\d[\d_]*\.?([eE][-+]?\d{1,4})?", re.ASCII)

# The C parser is five times as fast and comes with every wheel; a build without it reads the same.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _ExactLoader(_Loader):  # type: ignore[valid-type, misc]  # which of the two it is is known at run time
    """SafeLoader without floats and without repeated keys."""


def load_exact_yaml(text: str, where: str) -> Any:
    """The one document in `text`. Raises SettingsError, naming `where` and the line."""
    try:
        return yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"is no usable YAML: {error.problem}", where=f"{where}{line}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"is no usable YAML: {error}", where=where) from error


def _whole_number(loader: Any, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    if not _WHOLE.fullmatch(text):
        raise _refusal(node, f"{text} may be read as different numbers; write it in plain decimal digits")
    return int(text.replace("_", ""))


def _decimal_number(loader: Any, node: yaml.ScalarNode) -> Decimal:
    text = loader.construct_scalar(node)
    if not _DECIMAL.fullmatch(text):
        raise _refusal(node, f"{text} is no number to calculate with; write it in plain decimal digits")
    return Decimal(text.replace("_", ""))


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loader.flatten_mapping(node)
    result: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise _refusal(key_node, "a list or mapping cannot be a key")
        if key in result:
            raise _refusal(key_node, f"{key} is given twice; leave one of them out")
        result[key] = loader.construct_object(value_node, deep=True)
    return result


def _refusal(node: yaml.Node, problem: str) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_ExactLoader.add_constructor("tag:yaml.org,2002:int", _whole_number)
_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal_number)
_ExactLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
