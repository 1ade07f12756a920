import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROL_TYPES, FAMILIES, PARAMETER_LIMITS, type DiffusionFamily, type TaskParameters, type WeightRole } from '@atelier/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineWeights } from '../../engine.js';
import type { Signature } from '../comfy-nodes.js';
import { ComfyStandIn } from '../comfy-stand-in.js';
import { Shelf } from '../shelf.js';
import { checkGraph, type ObjectInfo } from './check-graph.js';
import type { Graph, GraphSource } from './graph.js';
import { OPTIONAL_NODES, PREPROCESSORS } from './packs.js';
import { pictureGraph, type PictureKind, type PictureTask } from './picture.js';
import { upscaleGraph } from './upscale.js';
import { videoGraph } from './video.js';
import { promptWords } from './words.js';

const scratch = mkdtempSync(join(tmpdir(), 'atelier-graphs-'));
const weights = (role: WeightRole, name: string): EngineWeights => {
  const path = join(scratch, `${role}-${name}`);
  writeFileSync(path, name);
  return { digest: `${role}-${name}`, role, name: `${name}.safetensors`, format: 'safetensors', path, bytes: 1, vramMb: 1 };
};
const lora = weights('lora', 'ink');
const net = weights('controlnet', 'net');
const adapter = weights('ip_adapter', 'adapter');
const eye = weights('clip_vision', 'eye');
const parts = (...encoders: string[]): EngineWeights[] => [
  ...[weights('diffusion_model', 'bare'), weights('vae', 'vae')],
  ...encoders.map((name) => weights('text_encoder', name)),
];
const checkpoint = [weights('checkpoint', 'whole')];
/** By family: every set of files that its models come in. */
const MODELS: Record<DiffusionFamily, EngineWeights[][]> = {
  sd15: [checkpoint],
  sdxl: [checkpoint, parts('l', 'g')],
  sd3: [checkpoint, parts('l', 'g', 't5')],
  flux: [checkpoint, parts('l', 't5')],
  svd: [checkpoint],
  animatediff: [[...checkpoint, weights('motion', 'motion')]],
  ltx: [[...checkpoint, weights('text_encoder', 't5')]],
  wan: [parts('umt5'), [...parts('umt5'), eye]],
};
const upscaler = weights('upscaler', 'x4');

/** Nodes of the packs as the graphs use them: what they hold beyond that is for a box that has them to say. */
const PACKS: Record<string, Signature> = {
  ADE_AnimateDiffLoaderGen1: {
    inputs: { model: 'MODEL', model_name: 'F:animatediff_models', beta_schedule: ['autoselect'], 'context_options?': 'CONTEXT_OPTIONS' },
    outputs: ['MODEL'],
  },
  ADE_StandardStaticContextOptions: { inputs: { context_length: ['INT', 1, 128], context_overlap: ['INT', 0, 128] }, outputs: ['CONTEXT_OPTIONS'] },
  IPAdapterModelLoader: { inputs: { ipadapter_file: 'F:ipadapter' }, outputs: ['IPADAPTER'] },
  IPAdapterAdvanced: {
    inputs: {
      ...{ model: 'MODEL', ipadapter: 'IPADAPTER', image: 'IMAGE', weight: ['FLOAT', -1, 5], weight_type: ['linear', 'ease in'] },
      ...{ combine_embeds: ['concat', 'add'], start_at: ['FLOAT', 0, 1], end_at: ['FLOAT', 0, 1], embeds_scaling: ['V only', 'K+V'] },
      'clip_vision?': 'CLIP_VISION',
    },
    outputs: ['MODEL'],
  },
  ...Object.fromEntries(
    Object.values(PREPROCESSORS).map((name) => [name, { inputs: { image: 'IMAGE', 'resolution?': ['INT', 64, 16384] }, outputs: ['IMAGE'] }]),
  ),
};

let core: ObjectInfo;
let all: ObjectInfo;
beforeAll(async () => {
  const comfy = await ComfyStandIn.start();
  await new Shelf(comfy.folder).place([...Object.values(MODELS).flat(2), lora, net, adapter, eye, upscaler]);
  const read = async (): Promise<ObjectInfo> => (await (await fetch(`${comfy.url}/object_info`)).json()) as ObjectInfo;
  core = await read();
  comfy.behaviour = { extra: PACKS };
  all = await read();
  await comfy.close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const source = (models: EngineWeights[], lowMemory = false): GraphSource => ({
  ...{ weights: models, lowMemory, files: { image: 'image.png', mask: 'mask.png', 'control-0': 'control.png' } },
});
const drawing = (family: DiffusionFamily, change: object = {}) => ({
  ...{ prompt: 'a heron', negativePrompt: 'blur', width: 1024, height: 768, steps: 20, seed: 4294967295, model: 'm', family, cfgScale: 5 },
  ...{ sampler: FAMILIES[family].defaults.sampler, scheduler: FAMILIES[family].defaults.scheduler, ...change },
});
const OWN: Record<PictureKind, object> = {
  txt2img: {},
  img2img: { strength: 0.6 },
  inpaint: { strength: 0.9, feather: 12 },
  outpaint: { left: 64, top: 0, right: 128, bottom: 8, feather: 24 },
};
const picture = (kind: PictureKind, family: DiffusionFamily, from: GraphSource, change: object = {}): Graph =>
  pictureGraph({ kind, parameters: drawing(family, { ...OWN[kind], ...change }) } as unknown as PictureTask, from);
const clip = (family: DiffusionFamily, from: GraphSource, change: object = {}): Graph =>
  videoGraph({ ...drawing(family), width: 768, height: 512, frames: 40, fps: 8, motionBucket: 127, ...change } as unknown as TaskParameters['video'], from);
const families = Object.keys(FAMILIES) as DiffusionFamily[];
const stills = families.filter((family) => FAMILIES[family].operations.includes('txt2img'));
const films = families.filter((family) => FAMILIES[family].operations.includes('video'));
const json = (graph: Graph): string => JSON.stringify(graph);

describe('the box’s own list of nodes finds no fault', () => {
  const kinds: PictureKind[] = ['txt2img', 'img2img', 'inpaint', 'outpaint'];
  it.each(stills.flatMap((family) => kinds.map((kind) => [family, kind] as const)))(
    '%s: %s, from every set of files, in large and small pieces',
    (family, kind) => {
      for (const models of MODELS[family])
        for (const lowMemory of [false, true]) {
          const make = (): Graph => picture(kind, family, source([...models, lora], lowMemory), { loras: [{ digest: lora.digest, weight: -0.5 }] });
          expect(checkGraph(make(), core)).toEqual([]);
          expect(json(make())).toBe(json(make()));
        }
    },
  );

  it.each(films)('%s: a clip, from a picture and, where it can, from words', (family) => {
    for (const models of MODELS[family])
      for (const lowMemory of [false, true]) {
        const withPicture = source(models, lowMemory);
        expect(checkGraph(clip(family, withPicture), all)).toEqual([]);
        expect(json(clip(family, withPicture))).toBe(json(clip(family, withPicture)));
        if (family !== 'svd') expect(checkGraph(clip(family, { ...withPicture, files: {} }), all)).toEqual([]);
      }
  });

  it.each(stills.flatMap((family) => FAMILIES[family].controls.map((type) => [family, type] as const)))('%s: guided by %s', (family, type) => {
    for (const preprocess of [true, false]) {
      const digest = type === 'ip_adapter' ? adapter.digest : net.digest;
      const control = { type, digest, input: 'control-0', strength: 0.8, start: 0, end: 0.9, preprocess };
      const graph = picture('txt2img', family, source([...MODELS[family][0]!, net, adapter, eye]), { controlNets: [control] });
      expect(checkGraph(graph, all)).toEqual([]);
      const needsPack = type === 'ip_adapter' || (preprocess && type !== 'canny');
      expect(graph.requires.length > 0).toBe(needsPack);
      expect(checkGraph(graph, core).some((fault) => fault.type === 'missing_node_type')).toBe(needsPack);
    }
  });

  it('upscaling by a model', () => {
    expect(checkGraph(upscaleGraph({ factor: 4, style: 'photo' }, source([upscaler]), { width: 4096, height: 2048 }), core)).toEqual([]);
  });
});

describe('a clip has exactly what was asked for', () => {
  const nodesOf = (graph: Graph) => Object.values(graph.prompt);
  const inputsOf = (graph: Graph, name: string) => nodesOf(graph).find(({ class_type }) => class_type === name)?.inputs;
  const fromPicture = (family: DiffusionFamily, change: object): Graph => clip(family, source(MODELS[family].at(-1)!), change);

  it('frames: AnimateDiff repeats a picture by products, and cuts what is over; LTX makes nine of one', () => {
    for (let frames = 1; frames <= PARAMETER_LIMITS.videoFramesMax; frames++) {
      const graph = fromPicture('animatediff', { frames });
      const amounts = nodesOf(graph).flatMap(({ class_type, inputs }) => (class_type === 'RepeatLatentBatch' ? [Number(inputs['amount'])] : []));
      const count = amounts.reduce((product, amount) => product * amount, 1);
      expect(Math.max(...amounts)).toBeLessThanOrEqual(64);
      expect([count - frames, inputsOf(graph, 'ImageFromBatch')?.['length'] ?? count]).toEqual([expect.toSatisfy((over: number) => over >= 0), frames]);
    }
    const short = fromPicture('ltx', { frames: 1 });
    expect(checkGraph(short, all)).toEqual([]);
    expect([inputsOf(short, 'LTXVImgToVideo')!['length'], inputsOf(short, 'ImageFromBatch')!['length']]).toEqual([9, 1]);
  });

  it.each(films)('%s: pixels, where its sides are multiples of something larger it makes more and cuts around the centre', (family) => {
    const multiple = FAMILIES[family].sideMultiple;
    for (const models of [source(MODELS[family][0]!), ...(family === 'svd' ? [] : [{ ...source(MODELS[family][0]!), files: {} }])]) {
      const graph = clip(family, models, { width: 1000, height: 520 });
      expect(checkGraph(graph, all)).toEqual([]);
      const made = nodesOf(graph).find(({ class_type, inputs }) => class_type !== 'ImageCrop' && 'width' in inputs)?.inputs ?? { width: 1000, height: 520 };
      expect([Number(made['width']) % multiple, Number(made['height']) % multiple]).toEqual([0, 0]);
      const [x, y] = [(Number(made['width']) - 1000) / 2, (Number(made['height']) - 520) / 2];
      const crop = multiple === 8 ? undefined : expect.objectContaining({ width: 1000, height: 520, x, y });
      expect(inputsOf(graph, 'ImageCrop')).toEqual(crop);
      expect(inputsOf(clip(family, models), 'ImageCrop')).toBeUndefined();
    }
  });
});

it('every node beyond core that a graph may need is on the doctor’s list', () => {
  const listed = OPTIONAL_NODES.map(({ node }) => node).sort();
  expect(listed).toEqual(Object.keys(PACKS).sort());
  expect(CONTROL_TYPES.filter((type) => type !== 'canny' && type !== 'ip_adapter').every((type) => listed.includes(PREPROCESSORS[type as 'pose']))).toBe(true);
});

it('a seed, a prompt or a size changes the prompt; nothing else does', () => {
  const one = json(picture('txt2img', 'sd15', source(checkpoint)));
  for (const change of [{ seed: 2 }, { prompt: 'a crane' }, { width: 512 }]) expect(json(picture('txt2img', 'sd15', source(checkpoint), change))).not.toBe(one);
  expect(json(picture('txt2img', 'sd15', source(checkpoint), { model: 'another name of the same files' }))).toBe(one);
});

describe('words of embeddings', () => {
  const mine = weights('embedding', 'mine');
  const said = (text: string): string => promptWords(text, [{ digest: mine.digest, word: 'mine' }], source([mine]));
  it.each(['mine', 'embedding:mine', 'a,mine.', '(mine:1.2)', 'a\nMINE, b', 'mine,mine', '"mine"'])('%s: nothing but spaces round the file', (text) => {
    const found = said(text).match(/embedding:\S*/g)!;
    expect(new Set(found)).toEqual(new Set(['embedding:atelier/mine.safetensors']));
    expect(said(text)).not.toMatch(/\Sembedding:/);
  });

  it.each([
    'embedding:mine/../other',
    'embedding:atelier/mine/../other',
    'embedding:mine\\..\\other',
    'embedding: other',
    'Embedding:other',
    'mine/../other',
    'mine-2',
  ])('%s names no file', (text) => expect(said(text)).not.toMatch(/embedding:/i));
});

it('inputs that stand for others are not missing; their like are', () => {
  const prompt = { '1': { class_type: 'Batch', inputs: { 'images.image0': 'x' } } };
  const required = { images: ['COMFY_AUTOGROW_V3', {}], mode: ['COMFY_DYNAMICCOMBO_V3', {}], same: ['COMFY_MATCHTYPE_V3', {}] };
  expect(checkGraph({ prompt }, { Batch: { input: { required }, output: ['IMAGE'] } })).toMatchObject([{ type: 'required_input_missing', input: 'same' }]);
});
