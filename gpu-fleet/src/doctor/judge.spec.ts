import { describe, expect, it } from 'vitest';
import type { BoxFacts, ComfyuiFacts } from './facts.js';
import { judge } from './judge.js';
import { reportOf } from './report.js';

const CARD = { class: 'A10G' as const, name: 'NVIDIA A10G', vramMb: 23_028, driver: '550.1', vramUsedMb: 400, utilisation: 0 };
const COMFYUI: ComfyuiFacts = {
  ...{ url: 'http://127.0.0.1:8188', hasCommand: false, dir: '/comfy', hasModelsFolder: true, isReachable: true, wasStarted: false, reason: null },
  ...{
    version: '0.8.0',
    devices: [{ name: 'cuda:0 NVIDIA A10G', vramMb: 23_028, vramFreeMb: 22_000 }],
    missing: [],
    models: { checkpoints: ['a.safetensors'] },
  },
  families: [{ name: 'Flux', operations: ['txt2img'], missing: [] }],
};
const COMMAND = { program: 'python', isFound: true, port: null };
/** A sound box with a card: nothing to say. */
const SOUND: BoxFacts = {
  machine: {
    ...{ node: '20.19.0', cpu: { name: 'EPYC', cores: 8 }, memory: { totalMb: 32_000, freeMb: 20_000 } },
    folders: [
      { name: 'temporary', path: '/tmp', freeMb: 50_000, isWritable: true },
      { name: 'weights', path: '/weights', freeMb: 500_000, isWritable: true },
    ],
    ffmpeg: { program: 'ffmpeg', version: '6.1' },
    ffprobe: { program: 'ffprobe', version: '6.1' },
  },
  gpu: { tool: 'works', said: null, gpus: [CARD], xid: null },
  settings: {
    ...{ faults: [], given: ['ATELIER_COMFYUI_URL'], slots: null, spotGraceMs: 100_000, onnxBudgetMb: null, weightsMaxBytes: 100e9 },
    ...{ comfyui: { url: 'http://127.0.0.1:8188', command: null, dir: '/comfy' } },
  },
  weights: { folder: '/weights', maxBytes: 100e9, files: 0, bytes: 0, verified: 0, corrupt: [] },
  onnx: { mode: 'auto', version: '1.30.0', provider: 'cuda', providers: ['cpu', 'cuda'], note: null, reason: null },
  comfyui: COMFYUI,
  trials: [{ engine: 'builtin', what: 'a picture', ms: 90, reason: null }],
};

/** What is said of the sound box, once parts of it are changed. */
const said = (change: { [K in keyof BoxFacts]?: BoxFacts[K] extends unknown[] | null ? BoxFacts[K] : Partial<BoxFacts[K]> }): Record<string, string> => {
  const facts = Object.fromEntries(
    Object.entries(SOUND).map(([key, value]) => {
      const other = change[key as keyof BoxFacts];
      return [key, other === undefined ? value : other === null || Array.isArray(other) ? other : { ...value, ...other }];
    }),
  ) as unknown as BoxFacts;
  return Object.fromEntries(judge(facts).map(({ id, severity }) => [id, severity]));
};
const machine = (change: Partial<BoxFacts['machine']>) => said({ machine: change });
const comfyui = (change: Partial<ComfyuiFacts>) => said({ comfyui: { ...COMFYUI, ...change } });
const settings = (change: Partial<BoxFacts['settings']>) => said({ settings: change });

describe('the rules', () => {
  it('a sound box with a card has no problem', () => expect(said({})).toEqual({}));

  it('a box without card, ComfyUI and onnxruntime is sound, and is told what does not run', () => {
    const bare = {
      gpu: { tool: 'missing', gpus: [] } as const,
      comfyui: null,
      settings: { comfyui: null, given: [] },
      onnx: { version: null, provider: null, reason: 'Cannot find package.' },
    };
    expect(said(bare)).toEqual({ 'gpu.none': 'note', 'onnx.missing': 'note', 'comfyui.off': 'note' });
  });

  it('machine: an old Node, a full or closed disk, little memory, no ffmpeg', () => {
    expect(machine({ node: '18.20.0' })).toEqual({ 'node.old': 'error' });
    expect(machine({ node: '20.18.3' })).toEqual({ 'node.old': 'error' });
    expect(machine({ node: '24.0.0' })).toEqual({});
    expect(machine({ memory: { totalMb: 1_000, freeMb: 900 } })).toEqual({ 'memory.small': 'warning' });
    const [temporary, weights] = SOUND.machine.folders;
    expect(machine({ folders: [{ ...temporary!, freeMb: 100 }, weights!] })).toEqual({ 'disk.temporary-full': 'error' });
    expect(machine({ folders: [{ ...temporary!, freeMb: 4_000 }, weights!] })).toEqual({ 'disk.temporary-low': 'warning' });
    expect(machine({ folders: [temporary!, { ...weights!, isWritable: false }] })).toEqual({ 'disk.weights-read-only': 'error' });
    expect(machine({ ffmpeg: { program: 'ffmpeg', version: null } })).toEqual({ 'ffmpeg.missing': 'warning' });
    expect(said({ machine: { ffmpeg: { program: '/x', version: null } }, settings: { given: ['FFMPEG_PATH'] } })).toEqual({ 'ffmpeg.missing': 'error' });
    expect(machine({ ffprobe: { program: 'ffprobe', version: null } })).toEqual({ 'ffprobe.missing': 'note' });
  });

  it('GPU: a driver that does not answer, Xid errors that end it and others, memory that is taken, idle and second cards', () => {
    expect(said({ gpu: { tool: 'failed', gpus: [], said: 'no driver' } })).toMatchObject({ 'gpu.tool-failed': 'error' });
    expect(said({ gpu: { xid: 79 } })).toEqual({ 'gpu.xid': 'error' });
    expect(said({ gpu: { xid: 31 } })).toEqual({ 'gpu.xid': 'warning' });
    expect(said({ gpu: { gpus: [{ ...CARD, vramUsedMb: 20_000 }] } })).toEqual({ 'gpu.memory-taken': 'warning' });
    expect(said({ gpu: { gpus: [CARD, CARD] } })).toEqual({ 'gpu.several': 'note' });
    expect(said({ comfyui: null, settings: { comfyui: null }, onnx: { provider: 'cpu', note: 'no cuDNN' } })).toEqual({
      'gpu.idle': 'warning',
      'onnx.no-cuda': 'warning',
      'comfyui.off': 'warning',
    });
  });

  it('onnx: missing is an error only where it was insisted on, and the processor beside a card only where it was not', () => {
    const missing = { version: null, provider: null, reason: 'x' };
    expect(said({ onnx: { ...missing, mode: 'on' } })).toEqual({ 'onnx.missing': 'error' });
    expect(said({ onnx: { ...missing, mode: 'auto' } })).toEqual({ 'onnx.missing': 'note' });
    expect(said({ onnx: { ...missing, mode: 'off' } })).toEqual({ 'onnx.off': 'note' });
    expect(said({ onnx: { mode: 'cpu', provider: 'cpu' } })).toEqual({});
  });

  it('ComfyUI: dead, too old, without its own nodes, without packs, on the processor', () => {
    expect(comfyui({ isReachable: false, reason: 'refused' })).toEqual({ 'comfyui.unreachable': 'error' });
    expect(comfyui({ version: '0.3.44' })).toEqual({ 'comfyui.version': 'error' });
    for (const version of ['0.3.45', 'v0.3.101', '0.4.0', '1.0.0']) expect(comfyui({ version })).toEqual({});
    expect(comfyui({ version: null })).toEqual({ 'comfyui.version': 'warning' });
    expect(comfyui({ families: [{ name: 'Wan', operations: ['video'], missing: ['WanImageToVideo'] }] })).toEqual({ 'comfyui.core-nodes': 'error' });
    const pack = { name: 'comfyui_controlnet_aux', url: 'https://github.com/Fannovel16/comfyui_controlnet_aux' };
    const missing = [
      { node: 'DWPreprocessor', pack, for: 'control pose' },
      { node: 'HEDPreprocessor', pack, for: 'control soft_edge' },
    ];
    expect(comfyui({ missing })).toEqual({ 'comfyui.pack.comfyui_controlnet_aux': 'warning' });
    const [problem] = judge({ ...SOUND, comfyui: { ...COMFYUI, missing } });
    expect(problem!.what).toBe('ComfyUI lacks DWPreprocessor, HEDPreprocessor, so these do not run: control pose, control soft_edge.');
    expect(problem!.cure).toContain(pack.url);
    expect(comfyui({ devices: [{ name: 'cpu', vramMb: 0, vramFreeMb: 0 }] })).toEqual({ 'comfyui.cpu': 'warning' });
    expect(comfyui({ models: {} })).toEqual({ 'comfyui.no-models': 'note' });
  });

  it('settings that cannot be read are errors, each with its own cure', () => {
    const [problem] = judge({ ...SOUND, settings: { ...SOUND.settings, faults: ['ATELIER_SLOTS is "x": use a whole number from 1 to 64.'] } });
    expect(problem).toEqual({ id: 'settings.unreadable-1', severity: 'error', what: 'ATELIER_SLOTS is "x".', cure: 'Use a whole number from 1 to 64.' });
  });

  it('settings that contradict each other or the machine', () => {
    const own = (change: Partial<NonNullable<BoxFacts['settings']['comfyui']>>) => ({ comfyui: { ...SOUND.settings.comfyui!, ...change } });
    expect(said({ comfyui: null, settings: { comfyui: null, given: ['ATELIER_COMFYUI_DIR'] } })).toMatchObject({ 'settings.comfyui-dir-alone': 'warning' });
    expect(settings(own({ url: 'localhost' }))).toEqual({ 'settings.comfyui-url': 'error' });
    expect(settings(own({ url: 'http://10.0.0.2:8188', command: COMMAND }))).toEqual({ 'settings.comfyui-elsewhere': 'error' });
    expect(settings(own({ command: { ...COMMAND, port: '9000' } }))).toEqual({ 'settings.comfyui-port': 'error' });
    expect(settings(own({ command: { ...COMMAND, port: '8188' } }))).toEqual({});
    expect(settings(own({ command: { ...COMMAND, program: 'pyhton', isFound: false } }))).toEqual({ 'settings.comfyui-command': 'error' });
    expect(settings(own({ dir: null }))).toEqual({ 'settings.comfyui-no-dir': 'error' });
    expect(comfyui({ hasModelsFolder: false })).toEqual({ 'settings.comfyui-dir': 'error' });
    expect(said({ settings: { onnxBudgetMb: 4_000 }, onnx: { mode: 'off', version: null } })).toMatchObject({ 'settings.onnx-budget-off': 'note' });
    expect(settings({ onnxBudgetMb: 30_000 })).toEqual({ 'settings.onnx-budget': 'warning' });
    expect(settings({ slots: 2 })).toEqual({ 'settings.slots-comfyui': 'note' });
    expect(said({ settings: { slots: 9 }, gpu: { tool: 'missing', gpus: [] } })).toMatchObject({ 'settings.slots-cores': 'warning' });
    expect(settings({ given: ['ATELIER_NONCE'] })).toEqual({ 'settings.secrets-alone': 'warning' });
    expect(settings({ spotGraceMs: 200_000 })).toEqual({ 'settings.spot-grace': 'warning' });
  });

  it('weights: damaged files, more than the cap, a cap above the disk', () => {
    expect(said({ weights: { corrupt: ['/weights/0/ab'] } })).toEqual({ 'weights.corrupt': 'warning' });
    expect(said({ weights: { bytes: 200e9 } })).toEqual({ 'weights.over-cap': 'warning' });
    expect(said({ weights: { maxBytes: 900e9 } })).toEqual({ 'weights.disk': 'note' });
  });

  it('a failed trial is an error, and errors come first', () => {
    const trials = [{ engine: 'onnx' as const, what: 'a graph', ms: 3, reason: 'Illegal instruction.' }];
    expect(Object.entries(said({ trials, gpu: { xid: 31 } }))).toEqual([
      ['onnx.trial', 'error'],
      ['gpu.xid', 'warning'],
    ]);
  });
});

describe('the report', () => {
  it('marks each row by its worst problem and names every cure', () => {
    const facts = { ...SOUND, comfyui: { ...COMFYUI, isReachable: false, reason: 'refused' }, gpu: { ...SOUND.gpu, xid: 31 } };
    const problems = judge(facts);
    const text = reportOf(facts, problems);
    expect(text).toMatch(/^ {2}ok {4}node {6}20\.19\.0$/m);
    expect(text).toMatch(/^ {2}warn {2}gpu {7}NVIDIA A10G, class A10G, 22\.5 GB of which 22\.1 GB free, driver 550\.1; last Xid 31$/m);
    expect(text).toMatch(/^ {2}FAIL {2}comfyui {3}http:\/\/127\.0\.0\.1:8188: no answer$/m);
    for (const { cure } of problems) expect(text).toContain(cure);
    expect(text.split('\n').at(-1)).toBe('This box does not work as it is set up: 1 to mend, 1 to look at.');
    expect(reportOf(SOUND, [])).toMatch(/\nThis box works\.$/);
  });
});
