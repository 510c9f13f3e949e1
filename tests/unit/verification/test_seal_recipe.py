"""Every column of a table is sealed, or named with the reason why it is not."""

import re

import pytest

from gatemeter.clickhouse.query import query_sql
from gatemeter.schema import TABLES, Table
from gatemeter.verification.seal_recipe import NEWEST_RECIPE, NOT_SEALED, RECIPES

_HASHED = re.compile(r"'RowBinary',(?P<columns>.*?)\bFROM (?P<table>\w+) FINAL", re.DOTALL)


def sealed_columns(table: Table) -> set[str]:
    """The columns of `table` that the newest recipe hashes."""
    hashed = [
        match["columns"]
        for match in _HASHED.finditer(query_sql(RECIPES[NEWEST_RECIPE]))
        if match["table"] == table.name
    ]
    return set(re.findall(r"\w+", " ".join(hashed))) & set(table.column_names)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_column_is_sealed_or_left_out_for_a_reason(table: Table) -> None:
    left_out = NOT_SEALED[table.name]
    assert sealed_columns(table) | set(left_out) == set(table.column_names), "seal it in a new recipe, or say why not"
    assert sealed_columns(table).isdisjoint(left_out)
    assert all(left_out.values())


@pytest.mark.parametrize("query", RECIPES.values())
def test_a_recipe_names_each_column(query: str) -> None:
    assert not re.search(r"RowBinary'[^()]*\*", query_sql(query))
    assert "EXCEPT" not in query_sql(query)
