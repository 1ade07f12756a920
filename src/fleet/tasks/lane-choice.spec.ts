import type { GpuClass } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import type { Pool } from '../pools/index.js';
import { choosePool } from './lane-choice.js';

const pool = (name: string, gpuClass: GpuClass, more: Partial<Pool> = {}): Pool => ({
  id: name,
  name,
  gpuClass,
  provider: 'local',
  capacity: 'on_demand',
  minBoxes: 0,
  maxBoxes: 1,
  slotsPerBox: 1,
  paused: false,
  liveSlots: 1,
  abilities: null,
  createdAt: new Date(0),
  ...more,
});
const need = { base: 'sd15', gpuClasses: ['T4', 'A10G'] as GpuClass[], estimateMs: 1000, engine: 'builtin', kind: 'txt2img' } as const;

describe('the choice of a lane', () => {
  it('sends everything to the CPU where an installation has no GPU pool', () => {
    expect(choosePool(need, [pool('local', 'CPU')], () => 0)).toMatchObject({ pool: { name: 'local' }, base: 'cpu' });
  });
  it('keeps light work on the CPU where there are GPUs', () => {
    expect(choosePool({ ...need, base: 'cpu' }, [pool('a', 'A10G'), pool('local', 'CPU')], () => 0)).toMatchObject({ pool: { name: 'local' } });
  });
  it('never uses a class that the plan or the model does not allow, nor a paused pool', () => {
    expect(choosePool(need, [pool('h', 'H100'), pool('local', 'CPU')], () => 0)).toBeUndefined();
    expect(choosePool(need, [pool('a', 'A10G', { paused: true })], () => 0)).toBeUndefined();
  });
  it('takes the pool that finishes first, the cheaper one between equals', () => {
    const pools = [pool('a', 'A10G'), pool('t', 'T4')];
    expect(choosePool(need, pools, (p) => (p.name === 't' ? 5000 : 0))).toMatchObject({ pool: { name: 'a' }, base: 'sd15' });
    expect(choosePool(need, pools, () => 0)).toMatchObject({ pool: { name: 't' } });
  });
  it('keeps the work of other engines on a CPU pool in lanes of their own', () => {
    const onnx = { ...need, engine: 'onnx', kind: 'matte', base: 'modnet' } as const;
    expect(choosePool(onnx, [pool('local', 'CPU')], () => 0)?.base).toBe('modnet');
    expect(choosePool({ ...onnx, base: 'cpu' }, [pool('local', 'CPU')], () => 0)?.base).toBe('onnx');
  });
  it('prefers a pool whose boxes can do it, however long the line there', () => {
    const pools = [pool('t', 'T4', { abilities: ['builtin:txt2img'] }), pool('a', 'A10G', { abilities: ['comfyui:txt2img'] })];
    expect(choosePool({ ...need, engine: 'comfyui' }, pools, (p) => (p.name === 'a' ? 9000 : 0))).toMatchObject({ pool: { name: 'a' } });
  });
});
