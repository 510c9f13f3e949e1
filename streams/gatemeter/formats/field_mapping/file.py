"""Reads mapping files, and says what is wrong with them by file and line or field."""

from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.formats.field_mapping.model import CallerMapping, FieldMapping
from gatemeter.lenient.toml import parse_toml

_HASH_DIGITS = 12
_DO = "see docs/gateways/mapping.md"
_Mapping = TypeVar("_Mapping", FieldMapping, CallerMapping)


def load_mapping(path: Path) -> FieldMapping | CallerMapping:
    """The mapping in a user's file; its name is followed by a hash of what it says. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    document = _parsed(text, str(path))
    if "base" in document:
        return _with_hash(_validated(CallerMapping, document, str(path)))
    return _with_hash(_validated(FieldMapping, document, str(path)))


def parse_mapping(text: str, where: str) -> FieldMapping:
    """The mapping in `text`. Raises InputError, which names `where` and every field that is wrong."""
    return _validated(FieldMapping, _parsed(text, where), where)


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except ValueError as error:  # tomllib names line and column
        raise InputError(f"not TOML: {error}", where=where, do=_DO) from error


def _validated(model: type[_Mapping], document: dict[str, Any], where: str) -> _Mapping:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        wrong = "; ".join(f"{_field(each['loc'])}: {each['msg']}" for each in error.errors())
        raise InputError(wrong, where=where, do=_DO) from error


def packaged_mapping(package: str, name: str) -> FieldMapping:
    """The mapping in a file of a package that comes along."""
    return parse_mapping(files(package).joinpath(name).read_text(encoding="utf-8"), f"{package}/{name}")


def ready_mappings() -> tuple[FieldMapping, ...]:
    """The mappings that come along, by name."""
    folder = files(__package__).joinpath("ready")
    found = [each for each in folder.iterdir() if each.name.endswith(".toml")]
    return tuple(
        parse_mapping(each.read_text(encoding="utf-8"), each.name) for each in sorted(found, key=lambda each: each.name)
    )


def _with_hash(mapping: _Mapping) -> _Mapping:
    """The hash is of what the file says, not of how it is written; `source` and comments do not count."""
    said = mapping.model_dump_json(exclude={"source"}, exclude_defaults=True)
    digits = sha256(said.encode()).hexdigest()[:_HASH_DIGITS]
    return mapping.model_copy(update={"name": f"{mapping.name}@{digits}"})


def _field(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "file"
