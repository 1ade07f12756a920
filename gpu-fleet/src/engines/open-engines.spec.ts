import { beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../agent/log.js';
import type { Engine } from './engine.js';
import { OnnxEngine, type OpenedOnnx } from './onnx/onnx-engine.js';
import { KNOWN_ENGINES, openEngines, openOnnx, type OpeningSettings } from './open-engines.js';

const said: string[] = [];
const log = { warn: (message: string, facts: object) => said.push(`${message} ${JSON.stringify(facts)}`) } as unknown as Log;
beforeEach(() => void said.splice(0));
const bare: OpeningSettings = { slots: 1, ffmpeg: 'ffmpeg', onnx: { mode: 'off', budgetMb: null }, comfyui: null };

it('without further settings a box has the engine that needs nothing', async () => {
  const engines = await openEngines(bare, log);
  expect(engines.map(({ name }) => name)).toEqual(['builtin']);
  await Promise.all(engines.map((engine) => engine.close()));
});

it('one that is set up and does not open is left out with its cause, and the others work', async () => {
  const engine = { name: 'builtin', close: async () => undefined } as Engine;
  const broken = { name: 'comfyui' as const, open: () => Promise.reject(new Error('no torch: install it')) };
  expect(await openEngines(bare, log, [broken, { name: 'builtin', open: async () => engine }])).toEqual([engine]);
  expect(said.join()).toContain('no torch: install it');
});

it('knows every engine that tasks may name, but those of others', () => {
  expect(KNOWN_ENGINES.map(({ name }) => name)).toEqual(['builtin', 'onnx', 'comfyui']);
});

describe('the engine for ONNX models', () => {
  const wish = (mode: OpeningSettings['onnx']['mode']): OpeningSettings => ({ ...bare, onnx: { mode, budgetMb: null } });
  const working = { name: 'onnx', close: async () => undefined } as OnnxEngine;
  const meets = (opened: OpenedOnnx, cardMb = 0) => ({ open: async () => opened, cardMb: async () => cardMb });
  const opening = (mode: OpeningSettings['onnx']['mode'], opened: OpenedOnnx, cardMb = 0) =>
    openEngines(wish(mode), log, [{ name: 'onnx', open: (settings, to) => openOnnx(settings, to, meets(opened, cardMb)) }]);
  const missing = { engine: null, isInstalled: false, reason: 'not installed: install it' } as const;
  const broken = { engine: null, isInstalled: true, reason: 'libonnxruntime.so.1 is missing: install it anew' } as const;

  it('is left out without a word where its optional runtime is not installed, unless it was asked for', async () => {
    expect(await opening('auto', missing)).toEqual([]);
    expect(said).toEqual([]);
    expect(await opening('on', missing)).toEqual([]);
    expect(said.join()).toContain('not installed: install it');
  });

  it('is left out with cause and cure where its runtime is installed and broken', async () => {
    expect(await opening('auto', broken)).toEqual([]);
    expect(said.join()).toContain('libonnxruntime.so.1 is missing: install it anew');
  });

  it('that does not get the card which is there works on the processor, and says why', async () => {
    const onCpu = { engine: working, provider: 'cpu', note: 'libcudnn.so.9: cannot open shared object file' } as const;
    expect(await opening('auto', onCpu, 16_000)).toEqual([working]);
    expect(said.join()).toMatch(/libcudnn\.so\.9.*ATELIER_ONNX=cpu/);
  });

  it('says nothing where there is no card, or it works on the one there is', async () => {
    expect(await opening('auto', { engine: working, provider: 'cpu', note: 'no CUDA' })).toEqual([working]);
    expect(await opening('auto', { engine: working, provider: 'cuda', note: null }, 16_000)).toEqual([working]);
    expect(said).toEqual([]);
  });

  it('tells a runtime that is not there from one that does not load', async () => {
    const opened = await OnnxEngine.open({ provider: 'cpu' });
    await opened.engine?.close();
    expect(opened).toMatchObject(opened.engine ? { provider: 'cpu' } : { isInstalled: false });
  });
});
