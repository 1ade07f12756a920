import { expect, it } from 'vitest';
import type { Log } from '../agent/log.js';
import type { Engine } from './engine.js';
import { KNOWN_ENGINES, openEngines, type OpeningSettings } from './open-engines.js';

const said: string[] = [];
const log = { error: (message: string, facts: object) => said.push(`${message} ${JSON.stringify(facts)}`) } as unknown as Log;
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
