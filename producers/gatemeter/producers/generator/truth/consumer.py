"""Whose a request is, as the reports name it."""

from gatemeter.producers.generator.request_facts import RequestFacts

ANONYMOUS_ID = "anonymous"


def consumer_id(facts: RequestFacts) -> str:
    """The consumer's id; of all that are not known, one name."""
    return ANONYMOUS_ID if facts.consumer is None else facts.consumer.id
