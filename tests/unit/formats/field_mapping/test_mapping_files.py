"""Mapping files: what they may say, and how a mistake in one is named."""

from pathlib import Path

import pytest

from gatemeter.errors import InputError
from gatemeter.formats.field_mapping.file import load_mapping, ready_mappings

GOOD = """
name = "orders"
identity = { kind = "position" }
time = { path = "at", unit = "ms" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "orders.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name = = 1", "(at line 1, column 8)"),
        (GOOD.replace('unit = "ms"', 'unit = "minutes"'), "time.0.unit"),
        (GOOD.replace('"at"', '"at..b"'), "time.0.path"),
        (GOOD.replace('"position"', '"id"'), "identity"),
        (GOOD.replace('"position"', '"serial"'), "identity.kind"),
        (GOOD.replace('"orders"', '"Orders Gateway"'), "name"),
        (GOOD + "[fields]\nstatu = 'x'", "fields.statu"),
        (GOOD + "[caller]\nid = { path = 'x', hsh = true }", "caller.id.0.hsh"),
        (GOOD + "[model_call]\ncost = 'x'", "model_call"),
        ("identity = { kind = 'position' }", "name: Field required; time: Field required"),
    ],
)
def test_mistake_is_named_by_file_and_line_or_field(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as raised:
        load_mapping(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert named in str(raised.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        load_mapping(tmp_path / "nowhere.toml")


def test_name_has_a_hash_of_what_the_file_says(tmp_path: Path) -> None:
    name = load_mapping(written(tmp_path, GOOD)).name
    assert name.startswith("orders@")
    assert load_mapping(written(tmp_path, "# a comment\n" + GOOD + 'source = "nobody"')).name == name
    assert load_mapping(written(tmp_path, GOOD.replace('"ms"', '"us"'))).name != name


def test_mappings_that_come_along_have_sources() -> None:
    names = ["aws-http-api", "aws-rest-api", "azure-apim", "cloudflare-ai-gateway", "cloudflare-http"]
    assert [each.name for each in ready_mappings()] == names
    assert all("." in each.source for each in ready_mappings())
