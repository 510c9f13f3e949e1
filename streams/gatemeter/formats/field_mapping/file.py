"""Reads mapping files, and says what is wrong with them by file and line or field."""

from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from gatemeter.errors import InputError
from gatemeter.formats.field_mapping.model import FieldMapping
from gatemeter.lenient.toml import parse_toml

_HASH_DIGITS = 12
_DO = "see docs/gateways/mapping.md"


def load_mapping(path: Path) -> FieldMapping:
    """The mapping in a user's file; its name is followed by a hash of what it says. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    mapping = parse_mapping(text, str(path))
    return mapping.model_copy(update={"name": f"{mapping.name}@{_hash_of(mapping)}"})


def parse_mapping(text: str, where: str) -> FieldMapping:
    """The mapping in `text`. Raises InputError, which names `where` and every field that is wrong."""
    try:
        return FieldMapping.model_validate(parse_toml(text))
    except ValidationError as error:
        wrong = "; ".join(f"{_field(each['loc'])}: {each['msg']}" for each in error.errors())
        raise InputError(wrong, where=where, do=_DO) from error
    except ValueError as error:  # tomllib names line and column
        raise InputError(f"not TOML: {error}", where=where, do=_DO) from error


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


def _hash_of(mapping: FieldMapping) -> str:
    """Of what it says, not of how it is written; `source` and comments do not count."""
    said = mapping.model_dump_json(exclude={"source"})
    return sha256(said.encode()).hexdigest()[:_HASH_DIGITS]


def _field(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "file"
