"""The formats that gatemeter reads. A new format is a folder beside this module and an entry in `FORMATS`.

Mappings that a user gives to a process (`give_format`) are formats of that process. Their names hold a hash of what
they say, so a message that names one is read by exactly that mapping, or becomes a dead letter where it was not given.
"""

from pathlib import Path

from gatemeter.errors import RejectedEvent
from gatemeter.events.masking import described_name
from gatemeter.formats.apisix.format import APISIX
from gatemeter.formats.caddy.format import CADDY
from gatemeter.formats.cloudevents.format import CLOUDEVENTS
from gatemeter.formats.envoy.format import ENVOY
from gatemeter.formats.field_mapping.caller import with_caller
from gatemeter.formats.field_mapping.file import load_mapping, ready_mappings
from gatemeter.formats.field_mapping.model import CallerMapping
from gatemeter.formats.field_mapping.reader import format_of
from gatemeter.formats.format import NOTHING_TAKEN, Format, JsonFormat, Taken
from gatemeter.formats.haproxy.format import HAPROXY
from gatemeter.formats.kong.format import KONG_LOG
from gatemeter.formats.litellm.format import LITELLM
from gatemeter.formats.nginx.format import NGINX, NGINX_COMBINED
from gatemeter.formats.otlp.format import OTLP
from gatemeter.formats.reader import JsonReader, LineReader, Reader
from gatemeter.formats.traefik.format import TRAEFIK
from gatemeter.formats.tyk.format import TYK
from gatemeter.wire.frames import OVERSIZED_FORMAT

FORMATS: tuple[Format, ...] = (
    *(KONG_LOG, CLOUDEVENTS, NGINX, NGINX_COMBINED, TRAEFIK, ENVOY, CADDY, HAPROXY, OTLP, LITELLM, APISIX, TYK),
    *map(format_of, ready_mappings()),
)

_given: dict[str, Format] = {}


def give_format(format_: Format) -> None:
    """Let this process read one more format; call it before anything is read."""
    _given[format_.name] = format_


def give_mapping(path: Path) -> str:
    """Let this process read by the mapping in a file; the name by which messages name it. Raises InputError."""
    mapping = load_mapping(path)
    if isinstance(mapping, CallerMapping):
        base = next((each for each in FORMATS if each.name == mapping.base), None)
        give_format(with_caller(base, mapping))
    else:
        give_format(format_of(mapping))
    return mapping.name


def known_formats() -> tuple[Format, ...]:
    """The formats that come along, and those that were given."""
    return (*FORMATS, *_given.values())


def format_names() -> list[str]:
    """The names by which a message header and `--format` choose a format."""
    return [each.name for each in known_formats()]


def aliases() -> dict[str, str]:
    """Further names by which `--format` chooses a format, and the name of each."""
    return {each.alias: each.name for each in json_formats() if each.alias}


def taken_by(format_name: str) -> Taken:
    """What a format takes for consumer, service and route; nothing for an unknown one."""
    return next((each.taken for each in known_formats() if each.name == format_name), NOTHING_TAKEN)


def reader_of(format_name: str) -> Reader:
    """The reader of messages of a format. Raises RejectedEvent (unknown_format)."""
    for each in known_formats():
        if each.name == format_name:
            return JsonReader(beside(each), each) if isinstance(each, JsonFormat) else LineReader(each)
    raise RejectedEvent("unknown_format", no_decoder(format_name))


def needs_positions(format_name: str) -> bool:
    """Whether whoever sends lines of a format must say where they stood: they may hold events of the formats beside."""
    formats = [each for each in known_formats() if each.name == format_name]
    others = [other for each in formats if isinstance(each, JsonFormat) for other in beside(each)]
    return any(each.needs_positions for each in (*formats, *others))


def no_decoder(format_name: str) -> str:
    """That no format is called so. The name is not repeated: senders can choose any text."""
    return f"no decoder for a format with the name {described_name(format_name)}"


def shown_name(format_name: str) -> str:
    """What dead letters hold in clear of the format in a message's header: a name that is known, or a mask."""
    return format_name if format_name in (*format_names(), OVERSIZED_FORMAT) else described_name(format_name)


def name_of_shown(shown: str) -> str:
    """The format of a dead letter, also where an earlier version did not know it and stored a mask of its name."""
    return next((name for name in format_names() if shown == described_name(name)), shown)


def json_formats() -> list[JsonFormat]:
    """The formats that share one reader, since an event of any of them may stand in a message of another."""
    return [each for each in known_formats() if isinstance(each, JsonFormat) and not each.reads_all]


def beside(format_: JsonFormat) -> list[JsonFormat]:
    """The formats whose events may stand in messages of `format_`."""
    return [] if format_.reads_all else json_formats()


def has_event_marker(line: bytes) -> bool:
    """Whether `line` seems to hold an event of a JSON format, whatever the file's format is said to be."""
    return any(each.marker is not None and each.marker.search(line) is not None for each in json_formats())
