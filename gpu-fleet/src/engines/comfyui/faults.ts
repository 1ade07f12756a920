/** What ComfyUI says of a prompt, as sentences about the fields of the request. Pure. */
import { EngineFault, EngineInputError } from '../engine.js';
import type { HistoryEntry, Refusal } from './client.js';
import type { GraphFault } from './graphs/check-graph.js';
import type { Graph } from './graphs/graph.js';

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

/** What the box's own list of nodes says against a graph. Missing packs and files are the box's fault, values are the user's. */
export function faultOfCheck(faults: readonly GraphFault[], graph: Graph): EngineFault | EngineInputError {
  const missing = faults.filter(({ type }) => type === 'missing_node_type');
  if (missing.length > 0)
    return missingNodes(
      missing.map(({ classType }) => classType),
      graph,
    );
  return sentences(
    faults.map(({ type, node, input, received, limit }) => ({ type, node, input: input ?? '', received, limit })),
    graph,
  );
}

/** What `POST /prompt` answered. */
export function faultOfRefusal({ error, nodeErrors }: Refusal, graph: Graph): EngineFault | EngineInputError {
  const listed = Object.entries(nodeErrors).flatMap(([node, { errors }]) =>
    errors.map(({ type, extra_info }) => ({ type, node, input: extra_info?.input_name ?? '', received: extra_info?.received_value, limit: undefined })),
  );
  if (listed.length > 0) return sentences(listed, graph);
  const missing = typeof error?.extra_info?.['class_type'] === 'string' ? (error.extra_info['class_type'] as string) : null;
  if (error?.type === 'missing_node_type' && missing) return missingNodes([missing], graph);
  return new EngineFault('engine_error', `ComfyUI did not take the prompt: ${error?.message ?? 'it did not say why'}.`);
}

interface Said {
  type: string;
  node: string;
  input: string;
  received: unknown;
  limit: unknown;
}

function sentences(said: readonly Said[], graph: Graph): EngineFault | EngineInputError {
  const told = said.flatMap((one) => {
    const field = graph.fields[`${one.node}.${one.input}`];
    return field ? [sentence(field, one)] : [];
  });
  const isFile = ({ node, input }: Said): boolean =>
    /model|loras|style/.test(graph.fields[`${node}.${input}`] ?? (/_(name|file)\d*$/.test(input) ? 'model' : ''));
  const lost = said.find((one) => one.type === 'value_not_in_list' && isFile(one));
  if (lost && told.length <= 1)
    return new EngineFault(
      'weights_missing',
      `ComfyUI does not see the file ${shown(lost.received)}: check that ATELIER_COMFYUI_DIR is the folder it runs in.`,
    );
  if (told.length > 0) return new EngineInputError('bad_parameters', [...new Set(told)].join(' '));
  const [first] = said;
  return new EngineFault(
    'engine_error',
    `ComfyUI does not take the graph: ${first ? `${first.type} at ${graph.prompt[first.node]?.class_type ?? first.node}.${first.input}` : 'it did not say why'}.`,
  );
}

function sentence(field: string, { type, received, limit }: Said): string {
  switch (type) {
    case 'value_smaller_than_min':
      return `${field} is ${shown(received)}, which is less than this model takes${limit === undefined ? '' : ` (${shown(limit)})`}.`;
    case 'value_bigger_than_max':
      return `${field} is ${shown(received)}, which is more than this model takes${limit === undefined ? '' : ` (${shown(limit)})`}.`;
    case 'value_not_in_list':
      return `${field} is ${shown(received)}, which this box does not know.`;
    default:
      return `${field} cannot be used here (${type.replaceAll('_', ' ')}${received === undefined ? '' : `, got ${shown(received)}`}).`;
  }
}

function missingNodes(classes: readonly string[], graph: Graph): EngineFault {
  const packs = new Map(graph.requires.filter(({ node }) => classes.includes(node)).map(({ pack }) => [pack.name, pack.url]));
  const names = [...new Set(classes)].join(', ');
  const cure = packs.size > 0 ? `install ${[...packs].map(([name, url]) => `${name} (${url})`).join(' and ')}` : 'update ComfyUI';
  return new EngineFault('missing_node', `ComfyUI on this box has no ${names}: ${cure}.`);
}

const MEMORY =
  /out of memory|OutOfMemory|CUDA error: out|alloc.*fail|can(?:'|no)?t allocate memory|unable to allocate|MemoryError|not enough (?:GPU video )?memory/i;

/** What ended a prompt badly; null when it ended well. Failed and interrupted read alike but for the last message. */
export function faultOfHistory({ status }: HistoryEntry): EngineFault | null {
  if (status.status_str !== 'error') return null;
  const [event, data] = status.messages.at(-1) ?? ['', {}];
  if (event === 'execution_interrupted') return new EngineFault('interrupted', 'The prompt was interrupted.');
  const error = status.messages.find(([name]) => name === 'execution_error')?.[1] ?? data;
  const message = `${String(error['exception_type'] ?? '')} ${String(error['exception_message'] ?? '')}`.trim();
  if (MEMORY.test(message)) return new EngineFault('out_of_memory', 'The model ran out of memory: choose a smaller picture, fewer frames or a larger box.');
  return new EngineFault(
    'engine_error',
    `ComfyUI failed in ${String(error['node_type'] ?? 'a node')}: ${message.split('\n')[0]!.slice(0, 300) || 'it did not say why'}.`,
  );
}
