"""Billing subjects that stand for several consumers, because names are unique within a workspace only."""

from collections.abc import Collection
from itertools import islice

from clickhouse_connect.driver.client import Client

from gatemeter.output.text import shortened
from gatemeter.reports.stored_usage import fetch_of_usage
from gatemeter.reports.usage_parameters import Subject, UsageParameters

_NAMED = 3
_APART = {Subject.USERNAME: Subject.WORKSPACE_USERNAME, Subject.CUSTOM_ID: Subject.WORKSPACE_CUSTOM_ID}


def subject_apart(subject: Subject) -> Subject | None:
    """The subject that names the workspace too; None where `subject` merges no workspaces."""
    return _APART.get(subject)


def merged_subjects(client: Client, parameters: UsageParameters, *, table: str) -> dict[str, int]:
    """How many workspaces each billing subject of a report of `table` adds up, of those that add up several.

    Empty for a subject that merges none. Raises as `fetch` does.
    """
    if subject_apart(parameters.subject) is None:
        return {}
    rows = fetch_of_usage(client, "merged_subjects", parameters, table=table)
    return {row["billing_subject"]: row["workspaces"] for row in rows}


def merged_note(merged: Collection[str], subject: Subject) -> str:
    """What to say of billing subjects that add up consumers of several workspaces; '' for none."""
    apart = subject_apart(subject)
    if not merged or apart is None:
        return ""
    named = ", ".join(shortened(name) for name in islice(merged, _NAMED))
    more = f" and {len(merged) - _NAMED:,} more" if len(merged) > _NAMED else ""
    return f"one name, consumers of several workspaces: {named}{more}; the subject {apart.value} keeps them apart"
