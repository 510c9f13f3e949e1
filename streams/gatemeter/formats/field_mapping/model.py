"""What a mapping file may say. Everything that it names is a path (`paths`) into the JSON of an event."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gatemeter.events.identity import IdentityKind
from gatemeter.lenient.paths import Path

Duration = Literal["s", "ms", "us", "ns"]
Time = Literal["s", "ms", "us", "ns", "unix", "rfc3339", "common-log"]

_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _path(value: object) -> object:
    return Path.of(value) if isinstance(value, str) else value


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _is_path(value: Path) -> Path:
    if not isinstance(value, Path):
        msg = "a path is a text"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports a ValueError by field
    return value


FieldPath = Annotated[Any, BeforeValidator(_path), AfterValidator(_is_path)]
Paths = Annotated[tuple[FieldPath, ...], BeforeValidator(_listed)]


class Name(_Part):
    """A text that names somebody. With `hash` only a hash of it is read: for the keys of callers.

    What a client has only `claimed` names nobody where the gateway refused it (`Refusal`).
    """

    path: FieldPath
    hash: bool = False
    claimed: bool = False
    without_prefix: str = ""


class Moment(_Part):
    """When a request began."""

    path: FieldPath
    unit: Time


class Latency(_Part):
    """How long something took."""

    path: FieldPath
    unit: Duration


def _named(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


Names = Annotated[tuple[Annotated[Name, BeforeValidator(_named)], ...], BeforeValidator(_listed)]
Moments = Annotated[tuple[Moment, ...], BeforeValidator(_listed), Field(min_length=1)]
Latencies = Annotated[tuple[Latency, ...], BeforeValidator(_listed)]


class Identity(_Part):
    """How copies are known. `id` needs `paths`, all of which together are the id that the gateway gave.

    One of them may be several paths, of which the first with a value counts. With `content` an event must have a value
    at each of `paths`, because of which no two events read alike.
    """

    kind: IdentityKind
    paths: tuple[Paths, ...] = ()

    @model_validator(mode="after")
    def _require_paths(self) -> "Identity":
        if self.kind is IdentityKind.ID and not self.paths:
            msg = "the kind id needs `paths`"
            raise ValueError(msg)
        if self.kind is IdentityKind.POSITION and self.paths:
            msg = "`paths` do not go with the kind position"
            raise ValueError(msg)
        return self


class Mark(_Part):
    """A path with one of `values`, which may stand between commas, or with a text `other_than` these; with neither with
    any value but 0 and false.
    """

    path: FieldPath
    values: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()


Marks = Annotated[tuple[Annotated[Mark, BeforeValidator(_named)], ...], BeforeValidator(_listed)]


class Refusal(_Part):
    """When the gateway refused a caller by itself: at one of `statuses` unless the upstream told its own or a mark in
    `unless` is there, and wherever a mark in `where` is.
    """

    statuses: tuple[int, ...] = (401, 403)
    where: Marks = ()
    unless: Marks = ()


class Caller(_Part):
    """Chains of names, the first with a value counts. `otherwise` is the id where none of the first three has one."""

    id: Names = ()
    username: Names = ()
    custom_id: Names = ()
    otherwise: Names = ()
    team: Names = ()
    organisation: Names = ()
    refusal: Refusal = Refusal()


class RequestFields(_Part):
    """Where an event tells what was called and answered.

    Sizes are in bytes, on the wire or of the body alone; the size on the wire counts where an event tells both.
    """

    method: Names = ()
    status: Paths = ()
    upstream_status: Paths = ()
    request_bytes: Paths = ()
    response_bytes: Paths = ()
    request_body_bytes: Paths = ()
    response_body_bytes: Paths = ()
    service_id: Names = ()
    service_name: Names = ()
    route_id: Names = ()
    route_name: Names = ()
    workspace: Names = ()
    source: Names = ()


class LatencyFields(_Part):
    """How long the whole request took, waiting for the upstream, and what the gateway itself took."""

    request: Latencies = ()
    upstream: Latencies = ()
    gateway: Latencies = ()


class ModelCall(_Part):
    """Where an event tells of a call to a model; a document without any of its values has none.

    `usage` is the provider's usage object, in whatever shape; the counts are those that the gateway wrote. `cache_hit`
    is true, or one of `hit`, where the gateway's cache answered. `currency` is the one of `cost`.
    """

    provider: Names = ()
    request_model: Names = ()
    response_model: Names = ()
    usage: Paths = ()
    prompt_tokens: Paths = ()
    completion_tokens: Paths = ()
    total_tokens: Paths = ()
    cached_tokens: Paths = ()
    reasoning_tokens: Paths = ()
    cost: Paths = ()
    currency: str = ""
    cache_hit: Paths = ()

    @model_validator(mode="after")
    def _require_currency(self) -> "ModelCall":
        if self.cost and not self.currency:
            msg = "`cost` needs a `currency`"
            raise ValueError(msg)
        return self


class CallerMapping(_Part):
    """A mapping file that says only who the caller of an event is, which the format `base` reads in all else.

    Where its chains name nobody, the caller is the one that `base` reads.
    """

    name: Annotated[str, Field(pattern=_NAME, max_length=40)]
    base: str
    source: str = ""
    no_value: tuple[str, ...] = ("", "-")
    caller: Caller


class FieldMapping(_Part):
    """A mapping file that says what an event tells.

    A document in which all `recognized_by` have a value is an event of this format, also where another one is named.
    `events` is the path of a list of events, where a document holds several. Texts in `no_value` are none. An event
    with a mark in `other_kind` is metered nowhere: it tells of a part of a request, or of none.
    """

    name: Annotated[str, Field(pattern=_NAME, max_length=40)]
    source: str = ""
    recognized_by: Paths = ()
    events: FieldPath | None = None
    no_value: tuple[str, ...] = ("", "-")
    identity: Identity
    time: Moments
    caller: Caller = Caller()
    fields: RequestFields = RequestFields()
    latencies: LatencyFields = LatencyFields()
    model_call: ModelCall | None = None
    other_kind: Marks = ()

    @property
    def tells_more_than_when(self) -> bool:
        """Whether it names anything of a request besides its time and identity."""
        nothing = (Caller(), RequestFields(), LatencyFields(), None)
        return (self.caller, self.fields, self.latencies, self.model_call) != nothing

    def recognizes(self, document: Any) -> bool:
        """Whether `document` looks like one of its events."""
        return bool(self.recognized_by) and _all_have_values(self.recognized_by, document)


def _all_have_values(paths: Iterable[Path], document: Any) -> bool:
    return all(path.value_in(document) is not None for path in paths)
