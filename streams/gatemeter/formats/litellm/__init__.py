"""Calls through the LiteLLM proxy, by its StandardLoggingPayload."""
