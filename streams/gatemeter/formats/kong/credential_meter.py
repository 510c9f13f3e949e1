"""The meter by which reports know which credentials requests came with.

Rows of usage have no credential: a dimension more would be paid for by everybody, and a log rarely needs it (ADR 20).
Whoever wants to know declares this meter, exactly so: its rows are known by the hash of the declaration, because one
with a filter or another path would make used credentials look unused.
"""

from gatemeter.meters.declaration import MeterDeclaration

CREDENTIAL_METER = MeterDeclaration.model_validate(
    {
        "name": "requests-by-credential",
        "format": "kong-log",
        "unit": "requests",
        "group_by": {"credential": "authenticated_entity.id"},
    }
)
"""Events of Kong's log by the id of the credential that they tell."""
