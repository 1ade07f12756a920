import { OFFERED_OPERATIONS, type OfferedOperation, PARAMETER_LIMITS } from '@atelier/contracts';

/** What the form holds: all operations share it, so that changing one's mind loses nothing. */
export interface Draft {
  operation: OfferedOperation;
  prompt: string;
  negativePrompt: string;
  width: number;
  height: number;
  steps: number;
  cfgScale: number;
  sampler: string;
  scheduler: string;
  /** Null: the server draws one. */
  seed: number | null;
  batchSize: number;
  batchCount: number;
  /** Null: the server's default model. */
  model: string | null;
  /** Asset id of the input picture. */
  image: string | null;
  strength: number;
  factor: 2 | 4;
  style: 'photo' | 'anime';
  background: string;
  visibility: 'private' | 'tenant';
}

export const DEFAULTS: Draft = {
  operation: 'txt2img',
  prompt: '',
  negativePrompt: '',
  width: 512,
  height: 512,
  steps: 20,
  cfgScale: 7,
  sampler: 'euler',
  scheduler: 'normal',
  seed: null,
  batchSize: 1,
  batchCount: 1,
  model: null,
  image: null,
  strength: 0.75,
  factor: 4,
  style: 'photo',
  background: 'transparent',
  visibility: 'private',
};

/** The parameters each operation takes; fields of the form that are not among them are not sent. */
export const FIELDS: Record<OfferedOperation, readonly (keyof Draft)[]> = {
  txt2img: ['prompt', 'negativePrompt', 'width', 'height', 'steps', 'cfgScale', 'sampler', 'scheduler', 'seed', 'batchSize', 'batchCount', 'model'],
  img2img: [
    'image',
    'prompt',
    'negativePrompt',
    'width',
    'height',
    'steps',
    'cfgScale',
    'sampler',
    'scheduler',
    'seed',
    'batchSize',
    'batchCount',
    'model',
    'strength',
  ],
  upscale: ['image', 'factor', 'style'],
  'remove-background': ['image', 'background'],
};

export const needsPrompt = (operation: OfferedOperation): boolean => FIELDS[operation].includes('prompt');
export const needsImage = (operation: OfferedOperation): boolean => FIELDS[operation].includes('image');
export const isOperation = (text: unknown): text is OfferedOperation => OFFERED_OPERATIONS.includes(text as OfferedOperation);

export function pictureCount(draft: Draft): number {
  return needsPrompt(draft.operation) ? draft.batchSize * draft.batchCount : 1;
}

/** The body's `parameters`; null and empty optional values are left out. */
export function toParameters(draft: Draft): Record<string, unknown> {
  const entries = FIELDS[draft.operation].map((name) => [name, draft[name]] as const);
  return Object.fromEntries(entries.filter(([name, value]) => value !== null && (value !== '' || name === 'prompt')));
}

/** Opens any job in the form: its parameters over the defaults. What the form does not know stays out. */
export function fromJob(operation: string, parameters: Record<string, unknown>, keep: Draft): Draft {
  if (!isOperation(operation)) return keep;
  const known = FIELDS[operation].filter(
    (name) => parameters[name] !== undefined && parameters[name] !== null && (name === 'seed' || typeof parameters[name] === typeof (DEFAULTS[name] ?? '')),
  );
  return { ...DEFAULTS, visibility: keep.visibility, operation, ...Object.fromEntries(known.map((name) => [name, parameters[name]])) };
}

export const SHAPES = { '1:1': [1, 1], '4:3': [4, 3], '3:4': [3, 4], '16:9': [16, 9], '9:16': [9, 16] } as const;
export type Shape = keyof typeof SHAPES;
export const SIDES = [512, 768, 1024, 1536, 2048] as const;

const multiple = PARAMETER_LIMITS.sideMultiple;
const fit = (side: number): number => Math.max(PARAMETER_LIMITS.sideMin, Math.round(side / multiple) * multiple);

/** Width and height of a shape whose longest side is given, on the grid the engines need. */
export function sizeOf(shape: Shape, longest: number): { width: number; height: number } {
  const [w, h] = SHAPES[shape];
  return w >= h ? { width: fit(longest), height: fit((longest * h) / w) } : { width: fit((longest * w) / h), height: fit(longest) };
}

/** The shape a size has, if it is one of ours. */
export function shapeOf(width: number, height: number): Shape | 'free' {
  const names = Object.keys(SHAPES) as Shape[];
  return (
    names.find((name) => {
      const size = sizeOf(name, Math.max(width, height));
      return size.width === width && size.height === height;
    }) ?? 'free'
  );
}

const ADVANCED = ['batchCount', 'sampler', 'scheduler', 'visibility'] as const;
/** How many of the folded-away settings differ from the defaults, so that none works unseen. */
export const advancedChanges = (draft: Draft): number => ADVANCED.filter((name) => draft[name] !== DEFAULTS[name]).length;
export const resetAdvanced = (draft: Draft): Draft => ({ ...draft, ...Object.fromEntries(ADVANCED.map((name) => [name, DEFAULTS[name]])) });
