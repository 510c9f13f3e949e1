"""What is said of an export that is done."""

from gatemeter.cli.output import say
from gatemeter.exports.destinations.destination import Destination
from gatemeter.exports.export import Outcome
from gatemeter.output.text import count_of


def say_outcome(done: Outcome, to: Destination) -> None:
    """The files on stdout; on stderr what a reader has to know of the numbers."""
    manifest = done.manifest
    what = "is there already" if not done.sent else "closed" if manifest.is_closed else "a preview"
    say(f"{to.name}: {manifest.export.kind} of {manifest.export.period}, {what}", err=False)
    for file in manifest.files:
        say(
            f"{file.name}: {count_of(file.rows, 'row')}, {count_of(file.size_bytes, 'byte')}, sha256 {file.sha256}",
            err=False,
        )
    for each in manifest.totals:
        unknown = f", {each.unknown_amounts} not known" if each.unknown_amounts else ""
        say(
            f"total: {each.amount or 'not known'} {each.currency} in {count_of(each.lines, 'line')}{unknown}", err=False
        )
    for note in manifest.notes:
        say(note)
    for other in manifest.usage_differences:
        say(f"usage of {other.account}/{other.charge} adds up to {other.usage}, and its line says {other.line}")
