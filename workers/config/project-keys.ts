/**
 * What a project may not set: it comes with the files of others, and must not choose where credentials go or which programs run.
 * Source: 0.169.0, probed.
 */
import { isTable, type TomlTable } from './toml-document.js';

const REFUSED: ReadonlySet<string> = new Set([
  'openai_base_url',
  'chatgpt_base_url',
  'apps_mcp_product_sku',
  'responses_api_metadata',
  'model_provider',
  'model_providers',
  'notify',
  'profile',
  'profiles',
  'experimental_realtime_webrtc_call_base_url',
  'experimental_realtime_ws_base_url',
  'otel',
]);
const REFUSED_FEATURES: ReadonlySet<string> = new Set(['respect_system_proxy']);

/** A copy of the document without it. */
export function allowedToProjects(document: TomlTable): TomlTable {
  const allowed = without(document, REFUSED);
  if (isTable(allowed.features)) allowed.features = without(allowed.features, REFUSED_FEATURES);
  return allowed;
}

/** A copy without these members. */
export function without(table: TomlTable, names: ReadonlySet<string>): TomlTable {
  const rest = Object.create(null) as TomlTable;
  for (const [name, value] of Object.entries(table)) if (!names.has(name)) rest[name] = value;
  return rest;
}
