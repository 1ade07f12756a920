import type { Operation } from '@atelier/contracts';
import { ConfigFault } from '../../platform/config/index.js';

/** What a model of the outside service takes and costs. */
export interface ExternalModel {
  slug: string;
  /** For people. */
  name: string;
  version: string;
  operations: readonly Operation[];
  /** Price of one call that succeeded, in millionths of a dollar. */
  callMicros: bigint;
  /** Price of each second of work, however it ended. */
  secondMicros: bigint;
  /** Field of the service → a constant, `$parameter` of the task, or `$input:name` for the address of an input. */
  input: Readonly<Record<string, unknown>>;
  /** On the price of a picture, as for models of the catalogue. */
  priceFactor: 1 | 2;
  /** Under which slot its output is delivered. */
  slot: string;
}

/** Those whose tasks name their model. */
const DRAWING: readonly Operation[] = ['txt2img', 'img2img', 'inpaint', 'outpaint', 'video'];

const bad = (why: string): ConfigFault => new ConfigFault(`EXTERNAL_MODELS cannot be used: ${why}`);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads `{slug: {version, operations, priceMicros | priceMicrosPerSecond, input, name?, priceFactor?, slot?}}`. @throws ConfigFault naming the model and the field */
export function parseModels(text: string): ReadonlyMap<string, ExternalModel> {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw bad('it is not JSON. Set it to {"slug": {"version": …, "operations": […], "priceMicros": …, "input": {…}}}.');
  }
  if (!isRecord(read)) throw bad('set it to an object from slug to model.');
  return new Map(Object.entries(read).map(([slug, model]) => [slug, parseModel(slug, model)]));
}

function parseModel(slug: string, model: unknown): ExternalModel {
  if (!/^[a-z0-9][a-z0-9._/-]{0,99}$/.test(slug)) throw bad(`“${slug}” is no slug. Use lower case letters, digits, dots, dashes and slashes.`);
  if (!isRecord(model)) throw bad(`${slug} is not an object.`);
  const { version, operations, input, name = slug, priceFactor = 1, slot = 'image' } = model;
  if (typeof version !== 'string' || version === '') throw bad(`${slug} names no version.`);
  if (!Array.isArray(operations) || operations.length === 0 || !operations.every((name) => DRAWING.includes(name as Operation)))
    throw bad(`${slug} names no operations, or one that outside models do not do. Use some of ${DRAWING.join(', ')}.`);
  if (!isRecord(input)) throw bad(`${slug} has no input mapping.`);
  if (typeof slot !== 'string' || !/^[a-z][a-z0-9-]{0,39}$/.test(slot)) throw bad(`the slot of ${slug} is no name.`);
  if (typeof name !== 'string' || name === '' || name.length > 100) throw bad(`the name of ${slug} is no text of 1 to 100 characters.`);
  if (priceFactor !== 1 && priceFactor !== 2) throw bad(`the priceFactor of ${slug} is neither 1 nor 2.`);
  const callMicros = micros(slug, 'priceMicros', model);
  const secondMicros = micros(slug, 'priceMicrosPerSecond', model);
  if (callMicros + secondMicros === 0n) throw bad(`${slug} has no price. Set priceMicros or priceMicrosPerSecond.`);
  return { slug, name, priceFactor, version, operations: operations as Operation[], callMicros, secondMicros, input, slot };
}

function micros(slug: string, field: string, model: Record<string, unknown>): bigint {
  const value = model[field] ?? 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw bad(`${field} of ${slug} is no whole number of millionths of a dollar.`);
  return BigInt(value);
}

/** What the service is sent. A parameter or input that the task lacks is left out. */
export function fillInput(
  model: Pick<ExternalModel, 'input'>,
  parameters: Record<string, unknown>,
  inputs: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const fill = (value: unknown): unknown => {
    if (typeof value !== 'string' || !value.startsWith('$')) return value;
    return value.startsWith('$input:') ? inputs.get(value.slice('$input:'.length)) : parameters[value.slice(1)];
  };
  const filled = Object.entries(model.input).map(([field, value]) => [field, fill(value)] as const);
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined && value !== null));
}

/** What a call cost: the fixed price if it succeeded, and the seconds the service worked. */
export function priceOf(model: Pick<ExternalModel, 'callMicros' | 'secondMicros'>, call: { succeeded: boolean; workSeconds: number }): bigint {
  const workMs = BigInt(Number.isFinite(call.workSeconds) ? Math.max(0, Math.round(call.workSeconds * 1000)) : 0);
  return (call.succeeded ? model.callMicros : 0n) + (model.secondMicros * workMs + 500n) / 1000n;
}
