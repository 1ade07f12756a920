import { HTTP_STATUS, type ErrorKind } from '../errors/index.js';
import { TITLES } from './problem.js';

/** The parts of an OpenAPI 3.1 document that the page shows. */
export interface OpenApi {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}
interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: Schema }> }>;
}
interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const escape = (text: unknown): string => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
/** Backticks become code; the rest stays text. */
const prose = (text: string | undefined): string => escape(text ?? '').replace(/`([^`]+)`/g, '<code>$1</code>');

/** One HTML page: every path by tag, with its parameters, body, answers, and what each kind of problem means. */
export function docsPage(api: OpenApi): string {
  const tags = new Map<string, string[]>();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? 'other';
      tags.set(tag, [...(tags.get(tag) ?? []), operationOf(method, path, operation, api)]);
    }
  }
  const sections = [...tags].map(([tag, operations]) => `<h2 id="${slug(tag)}">${escape(tag)}</h2>${operations.join('')}`);
  const links = [...tags.keys(), 'Problems'].map((tag) => `<li><a href="#${slug(tag)}">${escape(tag)}</a></li>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(api.info.title)}</title>
<link rel="stylesheet" href="/api/docs.css"></head><body><header><h1>${escape(api.info.title)}</h1><p>${prose(api.info.description)} Version ${escape(api.info.version)}; machine-readable: <a href="/api/openapi.json">openapi.json</a>.</p></header>
<nav aria-label="Sections"><ul>${links.join('')}</ul></nav><main>${sections.join('')}${problems()}</main></body></html>`;
}

function operationOf(method: string, path: string, operation: Operation, api: OpenApi): string {
  const parameters = (operation.parameters ?? []).map((p) =>
    row([code(p.name), escape(p.in), typeOf(p.schema), p.required ? 'required' : '', prose(p.description)]),
  );
  const [bodyType, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) =>
    row([code(status), typeOf(Object.values(answer.content ?? {})[0]?.schema), prose(answer.description)]),
  );
  return `<details><summary><span class="method">${method.toUpperCase()}</span><code>${escape(path)}</code><span class="about">${prose(operation.summary)}</span></summary><div>
${operation.description ? `<p>${prose(operation.description)}</p>` : ''}
${table('Parameters', ['Name', 'In', 'Type', '', 'Meaning'], parameters)}
${table(`Body${bodyType ? ` (${escape(bodyType)})` : ''}`, ['Field', 'Type', '', 'Meaning'], fields(body?.schema, api))}
${table('Answers', ['Status', 'Type', 'Meaning'], answers)}</div></details>`;
}

function resolve(schema: Schema | undefined, api: OpenApi): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1);
  const found = name === undefined ? schema : api.components?.schemas?.[name];
  if (!found?.allOf) return found;
  const parts = found.allOf.map((part) => resolve(part, api) ?? {});
  return {
    ...found,
    properties: Object.assign({}, ...parts.map((p) => p.properties ?? {}), found.properties),
    required: [...parts.flatMap((p) => p.required ?? []), ...(found.required ?? [])],
  };
}

function fields(schema: Schema | undefined, api: OpenApi): string[] {
  const found = resolve(schema, api);
  return Object.entries(found?.properties ?? {}).map(([name, field]) =>
    row([code(name), typeOf(field), found?.required?.includes(name) ? 'required' : '', [prose(field.description), bounds(field)].filter(Boolean).join(' ')]),
  );
}

function typeOf(schema: Schema | undefined): string {
  if (!schema) return '';
  if (schema.$ref) return code(schema.$ref.split('/').at(-1)!);
  if (schema.enum) return schema.enum.map((value) => code(value)).join(' | ');
  const parts = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (parts) return parts.map(typeOf).join(' | ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  return escape([schema.type].flat().filter(Boolean).join(' | ') || 'any');
}

function bounds(schema: Schema): string {
  const said = [
    schema.default === undefined ? '' : `default ${code(JSON.stringify(schema.default))}`,
    schema.minimum === undefined ? '' : `from ${escape(schema.minimum)}`,
    schema.maximum === undefined ? '' : `to ${escape(schema.maximum)}`,
    schema.maxLength === undefined ? '' : `at most ${escape(schema.maxLength)} characters`,
  ].filter(Boolean);
  return said.length > 0 ? `(${said.join(', ')})` : '';
}

function problems(): string {
  const kinds = (Object.keys(TITLES) as ErrorKind[]).map(
    (kind) => `<tr id="problem-${kind.replace('_', '-')}"><td>${HTTP_STATUS[kind]}</td><td>${escape(TITLES[kind])}</td></tr>`,
  );
  return `<h2 id="problems">Problems</h2><p>Errors are <code>application/problem+json</code> (RFC 9457): <code>code</code> is stable, <code>detail</code> says the cause and the cure, <code>errors</code> names every fault of a body by JSON pointer, <code>retryable</code> says whether the same request may succeed later.</p>${table('Kinds', ['Status', 'Meaning'], kinds)}`;
}

const code = (text: unknown): string => `<code>${escape(text)}</code>`;
const row = (cells: string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
const table = (caption: string, heads: string[], body: string[]): string =>
  body.length === 0
    ? ''
    : `<table><caption>${caption}</caption><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
