"""Declarations of meters: what is refused, and what makes two of them different."""

import pytest

from gatemeter.errors import InputError, SettingsError
from gatemeter.meters.meters import NO_METERS, Meters
from tests.support.declared_meters import BYTES_OUT, CREDITS, EXPORTS, declared

SMALLEST = '[[meters]]\nname = "m"\nformat = "kong"\nunit = "events"\n'


def identity(text: str) -> str:
    [declaration] = declared(text)
    return declaration.identity


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ('value = "request.headers.authorization"', "credential"),
        ('value = "request.headers.x-api-key"', "credential"),
        ('value = "request.headers.Cookie"', "credential"),
        ('group_by = { who = "data.accessToken" }', "credential"),
        ('filter = { "request.headers.proxy-authorization" = { exists = true } }', "credential"),
        ('group_by = { who = "client_ip" }', "address"),
        ('group_by = { what = "request.querystring.page" }', "query string"),
        ('value = "request.url"\naggregation = "unique"', "query string"),
        ('value = "request.body.user"\naggregation = "unique"', "body"),
        ('aggregation = "unique"', "needs the value"),
        ("decimals = 2", "decimals are of a value"),
        ('value = "response.size"\ndecimals = 10', "less than or equal to 9"),
        ('value = "response..size"', "names between dots"),
        ("value = 5", "a path is a text"),
        ('group_by = { route = "data.route" }', "name of another column"),
        ('group_by = { "a b" = "data.route" }', "no name of a column"),
        ('group_by = { a = "a", b = "b", c = "c", d = "d", e = "e" }', "at most 4"),
        ('filter = { "response.status" = [] }', "at least 1"),
        ('filter = { "response.status" = { over = 3 } }', "over"),
        ('filter = { "response.status" = {} }', "a condition says one of"),
        ('filter = { "response.status" = { below = "400" } }', "a number"),
        ('filter = { "response.status" = { at_least = nan } }', "a number"),
        ('filter = { "response.status" = { below = inf } }', "a number"),
        ('filter = { "response.status" = [200, nan] }', "a number"),
        ("colour = 'red'", "colour"),
    ],
)
def test_what_a_meter_must_not_say_is_named(more: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        declared(SMALLEST + more)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "has no meters"),
        ("[meter]\nname = 'm'", "not meter"),
        ("[[meters]", "not TOML"),
        ('[[meters]]\nname = "m"\nformat = "nothing"\nunit = "x"', "no format nothing"),
        ('[[meters]]\nname = "M m"\nformat = "kong"\nunit = "x"', "name"),
        ('[[meters]]\nname = "m"\nformat = "kong"', "unit"),
    ],
)
def test_a_file_without_a_usable_meter_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        declared(text)


def test_two_meters_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match="two meters have the name credits"):
        Meters([*declared(CREDITS), *declared(CREDITS)])


def test_the_identity_is_of_what_is_said_not_of_its_form() -> None:
    first = SMALLEST + 'group_by = { a = "data.a", b = "data.b" }\nfilter = { x = 1, y = 2 }'
    second = (
        SMALLEST + '# said otherwise\nfilter = { y = [2], x = { is = 1 } }\ngroup_by = { b = "data.b", a = "data.a" }'
    )
    assert identity(first) == identity(second)
    assert identity(SMALLEST) == identity(SMALLEST.replace('"kong"', '"kong-log"'))


@pytest.mark.parametrize(
    "other",
    [
        SMALLEST.replace('"events"', '"calls"'),
        SMALLEST.replace('"m"', '"n"'),
        SMALLEST.replace('"kong"', '"cloudevents"'),
        SMALLEST + 'value = "response.size"',
        SMALLEST + 'filter = { "response.status" = 200 }',
        SMALLEST + 'filter = { "response.status" = "200" }',
        SMALLEST + 'group_by = { plan = "data.plan" }',
    ],
)
def test_another_declaration_has_another_identity(other: str) -> None:
    others = {identity(SMALLEST), identity(SMALLEST + 'filter = { "response.status" = 201 }')}
    assert identity(other) not in others


def test_the_version_of_all_meters_does_not_depend_on_their_order() -> None:
    three = [*declared(CREDITS), *declared(BYTES_OUT), *declared(EXPORTS)]
    assert Meters(three).version == Meters(three[::-1]).version
    assert len({Meters(three[:count]).version for count in range(4)}) == 4
    assert NO_METERS.version == ""


def test_the_paths_of_a_format_are_all_that_its_meters_read() -> None:
    meters = Meters([*declared(CREDITS), *declared(BYTES_OUT), *declared(EXPORTS)])
    assert meters.paths("kong-log") == (
        "response.headers.x-credits",
        "response.headers.x-plan",
        "response.size",
        "response.status",
    )
    assert meters.paths("cloudevents") == ("data.rows", "type")
    assert meters.paths("nginx") == ()
