"""APIs over the usage of tenants, and questions that can be asked of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gatemeter.metrics.catalogue import dimension, dimensions, metrics
from gatemeter.reports.usage_parameters import AllowedRows, Subject
from gatemeter.wiring.store import open_store
from tests.support.api_client import ApiClient, Found, api_client, make_token
from tests.support.databases import DatabasePool
from tests.support.usage_of_tenants import WORKSPACES, all_names, store_tenants

RESTRICTIONS = {
    "a-name-of-two": AllowedRows(("acme",)),
    "a-custom-id": AllowedRows(("bolt", "nobody")),
    "a-workspace": AllowedRows((), ("eu",)),
    "both": AllowedRows(("anne", "dora"), ("us",)),
}
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Apis:
    """`everything` answers from all rows, `alone(name)` from the rows of that token alone."""

    url: str
    everything: ApiClient
    alone: Callable[[str], ApiClient]


@contextmanager
def tenant_apis(database_pool: DatabasePool, tokens: Path) -> Iterator[Apis]:
    """The APIs, with the tokens of `RESTRICTIONS` and of everybody."""
    make_token(tokens, EVERYBODY)
    with ExitStack() as stack:

        def api(allowed: AllowedRows, token_file: Path | None = None) -> tuple[str, ApiClient]:
            store = stack.enter_context(database_pool.store())
            with store.client() as client:
                store_tenants(client, allowed)
            opened = partial(open_store, None, store.url, only_reads=True)
            return store.url, stack.enter_context(api_client(opened, token_file))

        for name, allowed in RESTRICTIONS.items():
            make_token(tokens, name, allowed=allowed)
        url, everything = api(AllowedRows(), tokens)
        yield Apis(url, everything, cache(lambda name: api(RESTRICTIONS[name])[1]))


def ask(apis: Apis, asked: Any, token: str = EVERYBODY, **headers: str) -> Found:
    return apis.everything.query(asked, token, **headers)


NAMES = st.sampled_from(sorted({*all_names(), *WORKSPACES, "us/acme", "Empty", "(all others)", "pay", "200"}))
FILTERS = st.builds(
    lambda name, operator, values: {
        "dimension": name,
        "operator": operator,
        **({"values": values} if operator in ("in", "not in", "prefix") else {}),
    },
    st.sampled_from(["consumer", "consumer_username", "consumer_custom_id", "workspace", "service", "team"]),
    st.sampled_from(["in", "not in", "prefix", "empty", "not empty"]),
    st.lists(NAMES, min_size=1, max_size=3),
)
SPANS = st.fixed_dictionaries(
    {"subject": st.sampled_from([each.value for each in Subject])},
    optional={
        "from": st.sampled_from(["2026-02", "2026-02-03T11:00Z", "2026-03"]),
        "to": st.sampled_from(["2026-02-04", "2026-04", "2026-02-03T11:00"]),
        "tz": st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
    },
)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    by = draw(st.lists(st.sampled_from(sorted(dimensions())), max_size=3, unique=True))
    filters = draw(st.lists(FILTERS, max_size=2))
    known = [name for name, found in metrics().items() if all(dimension(each).sql(found.source) for each in by)]
    asked = draw(st.lists(st.sampled_from(known or ["request_count"]), min_size=1, max_size=4, unique=True))
    more: dict[str, Any] = {"granularity": draw(st.sampled_from(["none", "hour", "day", "month"]))}
    if draw(st.booleans()):
        more["order"] = draw(st.sampled_from(["", "-"])) + draw(st.sampled_from([*asked, *by]))
    if draw(st.booleans()):
        more["limit"] = draw(st.integers(1, 4))
    if draw(st.booleans()):
        more |= {"compare": True, "granularity": "none"}
    return {"metrics": asked, "by": by, "filters": filters, **draw(SPANS), **more}
