import type { GpuClass } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { offers } from './offers.js';
import type { Pool } from './pool.js';

const pool = (gpuClass: GpuClass, abilities: string[] | null, more: Partial<Pool> = {}): Pool => ({
  id: gpuClass,
  name: gpuClass,
  gpuClass,
  provider: 'local',
  capacity: 'on_demand',
  minBoxes: 0,
  maxBoxes: 1,
  slotsPerBox: 1,
  paused: false,
  liveSlots: 0,
  abilities,
  createdAt: new Date(0),
  ...more,
});
const matte = { engine: 'onnx', kind: 'matte', gpuClasses: ['A10G'] } as const;

describe('what an installation offers', () => {
  it('is what its boxes registered', () => {
    expect(offers([pool('A10G', ['onnx:matte'])], matte)).toBe(true);
    expect(offers([pool('A10G', ['comfyui:txt2img'])], matte)).toBe(false);
  });
  it('is assumed of a pool that never had a box: models on a GPU, builtin on a CPU', () => {
    expect(offers([pool('A10G', null)], matte)).toBe(true);
    expect(offers([pool('CPU', null)], matte)).toBe(false);
    expect(offers([pool('CPU', null), pool('A10G', null)], { engine: 'builtin', kind: 'txt2img', gpuClasses: [] })).toBe(true);
  });
  it('is never of a paused pool, nor of a class that plan or model does not allow; a CPU needs leave only beside GPUs', () => {
    expect(offers([pool('A10G', null, { paused: true })], matte)).toBe(false);
    expect(offers([pool('H100', null)], matte)).toBe(false);
    expect(offers([pool('CPU', ['onnx:matte'])], matte)).toBe(true);
    expect(offers([pool('CPU', ['onnx:matte']), pool('H100', null)], matte)).toBe(false);
  });
});
