"""Reads a list that an admin API gives in pages: each entity once, and the whole list or none of it.

Kong's pages hold `data`, and `offset` where there is a next one (docs: Admin API, pagination). A list is read while it
may change: an entity may move from one page to another, or the one behind which the next page begins may be gone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gatemeter.adminapi.client import AdminClient, Answer
from gatemeter.errors import GatewayUnavailable

PAGE_SIZE = 1000
MAX_ENTITIES = 1_000_000
READINGS = 3
"""How often a list is read from its beginning before its gateway changes too fast."""

_PAGES_WITHOUT_NEWS = 3


class ChangedMeanwhile(Exception):  # noqa: N818 - what has happened, and no failure yet
    """What is being read is not there any more; reading it from the beginning may succeed."""


class NoPlace(Exception):  # noqa: N818 - what a page lacks
    """A page says that there is a next one, and not where it begins."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All entities of a list by their ids, or with another `status` than 200 none of them."""

    status: int
    documents: Mapping[str, Mapping[str, Any]]

    @property
    def is_told(self) -> bool:
        """Whether the list was given."""
        return self.status == HTTPStatus.OK


@dataclass(frozen=True, slots=True)
class PageForm:
    """How an API pages: `first` are the parameters of the first page, `next_of` gives those of the next or None.

    Entities are in the member `items`.
    """

    first: Mapping[str, str]
    next_of: Callable[[Mapping[str, Any]], Mapping[str, str] | None]
    items: str = "data"


def next_by_offset(page: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Kong's way; the address in `next` is never followed, only the offset that stands in it.

    Raises NoPlace where there is a next page and no offset: what was read so far is not the whole list.
    """
    offset, following = page.get("offset"), page.get("next")
    if not offset and isinstance(following, str):
        offset = next(iter(parse_qs(urlsplit(following).query).get("offset", ())), None)
    if not offset and not following:
        return None
    return {"size": str(PAGE_SIZE), "offset": place_of(offset)}


def place_of(told: object) -> str:
    """Where the next page begins, which some gateways write as a number. Raises NoPlace for anything else."""
    if isinstance(told, str | int) and not isinstance(told, bool) and told:
        return str(told)
    raise NoPlace


BY_OFFSET = PageForm({"size": str(PAGE_SIZE)}, next_by_offset)


def whole_list(client: AdminClient, path: str, form: PageForm = BY_OFFSET) -> Listing:
    """All entities under `path`, or the status with which they are refused.

    Of an entity that came twice the later copy is kept. Raises GatewayUnavailable as `AdminClient.get`, for pages that
    repeat or have no end, and for what is not a page; ChangedMeanwhile where the list goes on changing.
    """
    for _ in range(READINGS):
        found: dict[str, Mapping[str, Any]] = {}
        for number, answer in enumerate(_pages(client, path, form)):
            if answer.status != HTTPStatus.OK:
                if number:
                    break  # The place where the next page begins is gone.
                return Listing(answer.status, {})
            found |= _entities(client, path, answer.document, form)
        else:
            return Listing(HTTPStatus.OK, found)
    raise ChangedMeanwhile(path)


def _pages(client: AdminClient, path: str, form: PageForm) -> Iterator[Answer]:
    """The pages until the last one, or one that is refused."""
    asked: set[tuple[tuple[str, str], ...]] = set()
    known: set[str] = set()
    without_news = 0
    parameters: Mapping[str, str] | None = form.first
    while parameters is not None:
        place = tuple(sorted(parameters.items()))
        if place in asked:
            raise _not_a_list(client, path, "the page after the last one is one that was read before")
        asked.add(place)
        answer = client.get(path, parameters)
        yield answer
        if answer.status != HTTPStatus.OK:
            return
        new = _entities(client, path, answer.document, form).keys() - known
        without_news = 0 if new else without_news + 1
        known |= new
        if without_news >= _PAGES_WITHOUT_NEWS or len(known) > MAX_ENTITIES:
            raise _not_a_list(client, path, f"its pages repeat, or hold more than {MAX_ENTITIES:,} entities")
        try:
            parameters = form.next_of(answer.document)
        except NoPlace as error:
            raise _not_a_list(client, path, "a page does not tell where the next one begins") from error


def _entities(client: AdminClient, path: str, page: object, form: PageForm) -> dict[str, Mapping[str, Any]]:
    items = page.get(form.items) if isinstance(page, Mapping) else None
    if items == {}:  # an empty list, as Lua writes it
        items = []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) and _is_id(item.get("id")) for item in items):
        raise GatewayUnavailable(
            "it answers something else than a page of entities with ids",
            where=f"{client.url}{path}",
            do="check that the address is that of an admin API",
        )
    return {item["id"]: item for item in items}


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 256


def _not_a_list(client: AdminClient, path: str, what: str) -> GatewayUnavailable:
    return GatewayUnavailable(what, where=f"{client.url}{path}", do="please report this, with the gateway's version")
