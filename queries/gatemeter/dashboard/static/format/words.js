// What the names of the catalogue are called on a page.

import { escaped } from "./escaped.js";

const NAMES = {
  request_count: "Requests",
  billable_requests: "Billable requests",
  not_billable_requests: "Requests not billable",
  requests_per_minute: "Requests a minute",
  error_count: "Errors",
  error_rate: "Error rate",
  request_size_sum: "Size of requests",
  response_size_sum: "Size of answers",
  request_size_avg: "Request size, mean",
  response_size_avg: "Answer size, mean",
  request_size_kind: "Requests measured as",
  response_size_kind: "Answers measured as",
  latency_request_avg: "Latency, mean",
  llm_calls: "Model calls",
  llm_cost: "Cost by price book",
  llm_cost_evidence_computed: "Cost, computed",
  llm_cost_evidence_estimated: "Cost, estimated",
  llm_cost_evidence_reported: "Cost, reported by the gateway",
  cost_savings: "Saved by caches",
  embeddings_cost: "Cost of embeddings",
  total_tokens: "Tokens",
  prompt_tokens: "Prompt tokens",
  completion_tokens: "Completion tokens",
  unpriced_calls: "Calls without a price",
  cost_currency: "Currency",
  cost_reported_currency: "Currency reported",
  consumer_username: "User name",
  consumer_custom_id: "Custom id",
  active_consumers: "Consumers",
  active_services: "Services",
  active_routes: "Routes",
  active_workspaces: "Workspaces",
  gateway_nodes: "Nodes",
  configured_services: "Services configured",
  configured_routes: "Routes configured",
  configured_plugins: "Plugins configured",
  configured_consumers: "Consumers configured",
  inventory_as_of: "Snapshot of",
  plugin_scope: "Scope",
  node_version: "Version",
  mcp_calls: "Tool calls",
  mcp_errors: "Tool errors",
  a2a_calls: "Calls to agents",
  a2a_errors: "Errors of agents",
  mcp_response_size_sum: "Answers of tools",
  a2a_response_size_sum: "Answers of agents",
  mcp_latency_p95: "Tool latency p95",
  a2a_latency_p95: "Agent latency p95",
  mcp_sessions: "Tool sessions",
  rpc_method: "Method",
};
const STEMS = { latency_request: "Latency", latency_upstream: "Upstream latency", latency_gateway: "Gateway latency" };
const ACRONYMS = /\b(llm|mcp|a2a|id|rpc|rbac)\b/gi;

/** @param {string} name Of a column: a dimension, a metric, or one of a comparison. */
export function nameOf(name) {
  if (name.endsWith("_before")) return `${nameOf(name.slice(0, -7))}, before`;
  if (name.endsWith("_change")) return `${nameOf(name.slice(0, -7))}, change`;
  if (Object.hasOwn(NAMES, name)) return NAMES[name];
  const [, stem, statistic] = /^(.+)_(avg|min|max|p\d+(?:_\d+)?)$/.exec(name) ?? [];
  if (stem) return `${STEMS[stem] ?? spaced(stem)} ${statistic.replace("_", ".").replace("avg", "mean")}`;
  return spaced(name);
}

/** `data_plane` as `Data plane`. @param {string} name */
export function spaced(name) {
  const words = escaped(name).replaceAll("_", " ").replace(ACRONYMS, (each) => each.toUpperCase());
  return words[0].toUpperCase() + words.slice(1);
}

const OTHERS = "(all others)";

/** A group by the values of its dimensions; the rest of the groups is one. @param {Record<string, any>} row @param {string[]} by @param {string} between */
export function groupOf(row, by, between) {
  const values = by.map((each) => valueOf(row[each]));
  return (values.every((value) => value === OTHERS) ? values.slice(0, 1) : values).join(between);
}

/** The value of a dimension. @param {string} value */
export function valueOf(value) {
  return value === "Empty" ? "(none)" : escaped(value);
}
