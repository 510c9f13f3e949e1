"""Calls of agents to tools (MCP) and to other agents (A2A)."""
