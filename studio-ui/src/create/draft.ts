import { type Analysis, type ControlNetUse, type LoraUse, type MaskStep, type Operation, type Point, type Quality } from '@atelier/contracts';

/** Operations that the draft can hold. */
export const FORMS = [
  'txt2img',
  'img2img',
  'inpaint',
  'outpaint',
  'upscale',
  'video',
  'segment',
  'clean-up',
  'smart-remove',
  'matte',
  'remove-background',
  'face-restore',
  'interpolate',
  'mask',
  'propagate-mask',
  'analyze',
] as const satisfies readonly Operation[];
export type Form = (typeof FORMS)[number];
/** What the form offers, by what one wants; the other operations are begun by the mask editor or the API. */
export const GROUPS = {
  make: ['txt2img', 'img2img'],
  change: ['inpaint', 'outpaint', 'clean-up', 'face-restore', 'upscale'],
  cut: ['remove-background', 'matte'],
  film: ['video', 'interpolate', 'propagate-mask'],
  look: ['analyze'],
} as const satisfies Record<string, readonly Form[]>;
export type Group = keyof typeof GROUPS;
export type Offered = (typeof GROUPS)[Group][number];
const OFFERED: readonly Form[] = Object.values(GROUPS).flat();
export const groupOf = (operation: Form): Group =>
  (Object.keys(GROUPS) as Group[]).find((group) => (GROUPS[group] as readonly Form[]).includes(operation)) ?? 'make';

/** What the form holds: all operations share it, so that changing one's mind loses nothing. */
export interface Draft {
  operation: Form;
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
  loras: LoraUse[];
  controlNets: ControlNetUse[];
  /** Asset ids of the inputs. */
  image: string | null;
  mask: string | null;
  plate: string | null;
  video: string | null;
  strength: number;
  feather: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
  factor: 2 | 4;
  style: 'photo' | 'anime';
  background: string;
  quality: Quality;
  points: Point[];
  matteMethod: 'portrait' | 'general' | 'plate';
  faceMethod: 'gfpgan' | 'codeformer';
  fidelity: number;
  frames: number;
  fps: number;
  motionBucket: number;
  targetFps: number;
  what: Analysis;
  maskSteps: MaskStep[];
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
  loras: [],
  controlNets: [],
  image: null,
  mask: null,
  plate: null,
  video: null,
  strength: 0.75,
  feather: 8,
  left: 0,
  top: 0,
  right: 128,
  bottom: 0,
  factor: 4,
  style: 'photo',
  background: 'transparent',
  quality: 'balanced',
  points: [],
  matteMethod: 'general',
  faceMethod: 'gfpgan',
  fidelity: 0.5,
  frames: 25,
  fps: 7,
  motionBucket: 127,
  targetFps: 30,
  what: 'depth',
  maskSteps: [{ op: 'feather', pixels: 4 }],
  visibility: 'private',
};

const DIFFUSION = [
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
  'loras',
  'controlNets',
] as const;
/** The size of the result follows from the picture. */
const UNSIZED = DIFFUSION.filter((name) => name !== 'width' && name !== 'height');
/** The parameters each operation takes; fields of the form that are not among them are not sent. */
export const FIELDS: Record<Form, readonly (keyof Draft)[]> = {
  txt2img: DIFFUSION,
  img2img: ['image', ...DIFFUSION, 'strength'],
  inpaint: ['image', 'mask', ...UNSIZED, 'strength', 'feather'],
  outpaint: ['image', 'left', 'top', 'right', 'bottom', 'feather', ...UNSIZED],
  upscale: ['image', 'factor', 'style'],
  video: ['image', 'prompt', 'negativePrompt', 'width', 'height', 'frames', 'fps', 'motionBucket', 'steps', 'cfgScale', 'seed', 'model'],
  segment: ['image', 'points', 'quality'],
  'clean-up': ['image', 'mask'],
  'smart-remove': ['image', 'points', 'mask'],
  matte: ['image', 'matteMethod', 'plate'],
  'remove-background': ['image', 'background'],
  'face-restore': ['image', 'faceMethod', 'fidelity'],
  interpolate: ['video', 'targetFps'],
  mask: ['image', 'maskSteps'],
  'propagate-mask': ['video', 'mask'],
  analyze: ['image', 'what'],
};
/** Where a parameter's name in the API is not the form's, because two operations give the name different meanings. */
const SENT_AS: Partial<Record<keyof Draft, string>> = { matteMethod: 'method', faceMethod: 'method', maskSteps: 'steps' };
const sentAs = (name: keyof Draft): string => SENT_AS[name] ?? name;
/** The names under which the server tells faults of the form's fields. */
export const faultNames = (operation: Form): string[] => FIELDS[operation].map(sentAs);

export const takes = (operation: Form, field: keyof Draft): boolean => FIELDS[operation].includes(field);
export const isOffered = (name: unknown): name is Offered => OFFERED.includes(name as Form);
/** A clip needs words or a first frame. */
export const needsPrompt = (operation: Form): boolean => operation !== 'video' && takes(operation, 'prompt');
export const needsImage = (operation: Form): boolean => operation !== 'video' && takes(operation, 'image');
export const isDiffusion = (operation: Form): boolean => takes(operation, 'sampler');

/** Inputs without which the operation cannot start, in the order of the form. */
export function missingInputs(draft: Draft): ('image' | 'mask' | 'plate' | 'video' | 'prompt' | 'points')[] {
  const { operation } = draft;
  const missing: ReturnType<typeof missingInputs> = [];
  if (needsImage(operation) && !draft.image) missing.push('image');
  if (takes(operation, 'video') && !draft.video) missing.push('video');
  if (operation === 'smart-remove' ? !draft.mask && draft.points.length === 0 : takes(operation, 'mask') && !draft.mask) missing.push('mask');
  if (operation === 'segment' && draft.points.length === 0) missing.push('points');
  if (operation === 'matte' && draft.matteMethod === 'plate' && !draft.plate) missing.push('plate');
  if (needsPrompt(operation) && draft.prompt.trim() === '') missing.push('prompt');
  if (operation === 'video' && !draft.image && draft.prompt.trim() === '') missing.push('prompt');
  return missing;
}

function isSent(draft: Draft, name: keyof Draft): boolean {
  const value = draft[name];
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return false;
  if (name === 'plate') return draft.matteMethod === 'plate';
  // Exactly one of both: a painted mask says more than clicks.
  if (name === 'points' && draft.operation === 'smart-remove') return draft.mask === null;
  return true;
}

/** The body of the operation. A random seed, the default model and an empty negative prompt are left to the server. */
export function toParameters(draft: Draft): Record<string, unknown> {
  const sent = FIELDS[draft.operation].filter((name) => isSent(draft, name));
  return Object.fromEntries(sent.map((name) => [sentAs(name), draft[name]]));
}

/** How many pictures one press makes. */
export function pictureCount({ operation, batchSize, batchCount }: Draft): number {
  return takes(operation, 'batchSize') ? batchSize * batchCount : 1;
}

/** Takes over what a job or a picture was made with; operations that the form does not offer leave the draft as it is. */
export function fromJob(operation: string, parameters: Record<string, unknown>, keep: Draft): Draft {
  if (!isOffered(operation)) return keep;
  const known = FIELDS[operation].filter((name) => fits(name, parameters[sentAs(name)]));
  return { ...DEFAULTS, visibility: keep.visibility, operation, ...Object.fromEntries(known.map((name) => [name, parameters[sentAs(name)]])) };
}

function fits(name: keyof Draft, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  const standard = DEFAULTS[name];
  if (Array.isArray(standard)) return Array.isArray(value);
  return name === 'seed' ? typeof value === 'number' : typeof value === typeof (standard ?? '');
}

/** Fields of the groups that can be folded away; what was changed there is counted, so that none works unseen. */
export const FOLDED = {
  loras: ['loras'],
  controls: ['controlNets'],
  advanced: ['batchCount', 'sampler', 'scheduler', 'visibility'],
} as const satisfies Record<string, readonly (keyof Draft)[]>;
export type Folded = keyof typeof FOLDED;
const differs = (draft: Draft, name: keyof Draft): boolean => JSON.stringify(draft[name]) !== JSON.stringify(DEFAULTS[name]);
export const changesIn = (draft: Draft, group: Folded): number => FOLDED[group].filter((name) => differs(draft, name)).length;
export const resetGroup = (group: Folded): Partial<Draft> => Object.fromEntries(FOLDED[group].map((name) => [name, DEFAULTS[name]]));
