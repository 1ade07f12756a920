/** A graph against the box's own `/object_info`, before it is submitted: classes, inputs, links, ranges, lists. Pure. */
import type { Graph, InputValue, Link, Prompt } from './graph.js';

export interface NodeInfo {
  input: { required?: Record<string, unknown>; optional?: Record<string, unknown> };
  output: (string | unknown[])[];
  output_node?: boolean;
}
export type ObjectInfo = Readonly<Record<string, NodeInfo>>;

export type GraphFaultType =
  | 'missing_node_type'
  | 'required_input_missing'
  | 'bad_linked_input'
  | 'return_type_mismatch'
  | 'invalid_input_type'
  | 'value_smaller_than_min'
  | 'value_bigger_than_max'
  | 'value_not_in_list';
export interface GraphFault {
  type: GraphFaultType;
  node: string;
  classType: string;
  input: string | null;
  /** What was sent, and what the node takes. */
  received?: unknown;
  limit?: unknown;
}
interface Spec {
  type: string;
  /** Of a combo. */
  options: unknown[] | null;
  rules: Record<string, unknown>;
}

/** Every fault at once; none when the box will take the graph. */
export function checkGraph({ prompt }: Pick<Graph, 'prompt'>, info: ObjectInfo): GraphFault[] {
  return Object.entries(prompt).flatMap(([node, { class_type, inputs }]): GraphFault[] => {
    const known = info[class_type];
    const at = (input: string | null) => ({ node, classType: class_type, input });
    if (!known) return [{ type: 'missing_node_type', ...at(null) }];
    const missing = Object.entries(known.input.required ?? {}).flatMap(([name, entry]) => (name in inputs || isGroup(entry) ? [] : [name]));
    const wrong = Object.entries(inputs).flatMap(([name, value]) => {
      const spec = specOf(known.input.required?.[name] ?? known.input.optional?.[name]);
      const fault = spec && (isLink(value) ? linkFault(value, spec, prompt, info) : valueFault(value, spec));
      return fault ? [{ ...fault, ...at(name) }] : [];
    });
    return [...missing.map((name): GraphFault => ({ type: 'required_input_missing', ...at(name) })), ...wrong];
  });
}

/** Both forms of a combo: a literal list (V1) and `["COMBO", {options}]` (V3). Inputs of shapes this does not know are not checked. */
export function specOf(entry: unknown): Spec | null {
  if (!Array.isArray(entry) || entry.length === 0) return null;
  const [type, rules = {}] = entry as [unknown, Record<string, unknown>?];
  if (Array.isArray(type)) return { type: 'COMBO', options: type, rules };
  if (typeof type !== 'string') return null;
  return { type, options: type === 'COMBO' && Array.isArray(rules['options']) ? rules['options'] : null, rules };
}

/** Inputs that stand for others, which grow or depend on a choice, and are sent under names of their own. */
function isGroup(entry: unknown): boolean {
  return /^COMFY_(AUTOGROW|DYNAMIC)/.test(specOf(entry)?.type ?? '');
}

export function isLink(value: InputValue): value is Link {
  return Array.isArray(value);
}

type Fault = Omit<GraphFault, 'node' | 'classType' | 'input'>;

function linkFault([from, slot]: Link, spec: Spec, prompt: Prompt, info: ObjectInfo): Fault | null {
  const source = prompt[from];
  if (!source) return { type: 'bad_linked_input', received: from };
  const outputs = info[source.class_type]?.output;
  if (!outputs) return null;
  const given = outputs[slot];
  if (given === undefined) return { type: 'bad_linked_input', received: `${from}:${slot}` };
  return Array.isArray(given) || fits(given, spec.type) ? null : { type: 'return_type_mismatch', received: given, limit: spec.type };
}

/** Equal, `*` on either side, or overlapping unions such as `IMAGE,MASK`. Matched types are left to the server. */
function fits(given: string, wanted: string): boolean {
  if (/\*|COMFY_/.test(`${given}${wanted}`)) return true;
  const takes = wanted.split(',');
  return given.split(',').some((type) => takes.includes(type));
}

function valueFault(value: Exclude<InputValue, Link>, { type, options, rules }: Spec): Fault | null {
  if (type === 'INT' || type === 'FLOAT') return numberFault(value, type, rules);
  if (type === 'STRING') return typeof value === 'string' ? null : { type: 'invalid_input_type', received: value, limit: 'text' };
  if (type === 'BOOLEAN') return typeof value === 'boolean' ? null : { type: 'invalid_input_type', received: value, limit: 'true or false' };
  // Files just uploaded stand in no list that was read before; the node itself looks for them.
  const isUpload = Object.keys(rules).some((rule) => rule.endsWith('_upload') && rules[rule]);
  if (!options || isUpload) return null;
  return options.includes(value) ? null : { type: 'value_not_in_list', received: value, limit: options };
}

function numberFault(value: unknown, type: 'INT' | 'FLOAT', { min, max }: Record<string, unknown>): Fault | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || (type === 'INT' && !Number.isInteger(value)))
    return { type: 'invalid_input_type', received: value, limit: type === 'INT' ? 'a whole number' : 'a number' };
  if (typeof min === 'number' && value < min) return { type: 'value_smaller_than_min', received: value, limit: min };
  if (typeof max === 'number' && value > max) return { type: 'value_bigger_than_max', received: value, limit: max };
  return null;
}
