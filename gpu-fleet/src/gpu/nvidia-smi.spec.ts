import { describe, expect, it } from 'vitest';
import { classOf, parseGpuQuery, parseXid } from './nvidia-smi.js';

describe('nvidia-smi', () => {
  it('reads class, memory, driver and load of the first GPU', () => {
    expect(parseGpuQuery('NVIDIA A10G, 23028, 550.127.05, 4512, 37\nNVIDIA A10G, 23028, 550.127.05, 0, 0\n')).toEqual({
      class: 'A10G',
      name: 'NVIDIA A10G',
      vramMb: 23028,
      driver: '550.127.05',
      vramUsedMb: 4512,
      utilisation: 0.37,
    });
  });

  it.each([
    ['Tesla T4', 15360, 'T4'],
    ['NVIDIA L4', 23034, 'L4'],
    ['NVIDIA A100-SXM4-40GB', 40960, 'A100'],
    ['NVIDIA H100 80GB HBM3', 81559, 'H100'],
    ['NVIDIA H200', 143771, 'H100'],
    ['NVIDIA GeForce RTX 4090', 24564, 'A10G'],
    ['NVIDIA L40S', 46068, 'A100'],
    ['NVIDIA GeForce RTX 3060', 12288, 'T4'],
  ] as const)('%s with %i MB counts as %s', (name, vram, expected) => expect(classOf(name, vram)).toBe(expected));

  it('says there is no GPU when the tool prints an error, nothing, or fields it could not read', () => {
    expect(parseGpuQuery('NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.')).toBeNull();
    expect(parseGpuQuery('')).toBeNull();
    expect(parseGpuQuery('NVIDIA H200, [N/A], 570.1, 0, 0')).toBeNull();
    expect(parseGpuQuery('NVIDIA T4, 15360, [N/A], [N/A], [N/A]')).toMatchObject({ driver: null, vramUsedMb: 0, utilisation: 0 });
  });

  it('takes the last Xid of the kernel log', () => {
    expect(parseXid('[1.0] NVRM: Xid (PCI:0000:3b:00): 13, pid=9\n[2.0] NVRM: Xid (PCI:0000:3b:00): 79, pid=9, GPU has fallen off the bus.')).toBe(79);
    expect(parseXid('nothing of note')).toBeNull();
  });
});
