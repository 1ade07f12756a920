import type { TaskOutput } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { completionDigest, completionFaults, outputFaults, outputKey } from './output-key.js';

const owner = { tenantId: '0190a000-0000-7000-8000-000000000001', taskId: '0190a000-0000-7000-8000-000000000002', attempt: 3 };
const sha256 = 'ab'.repeat(32);
const output: TaskOutput = {
  slot: 'image',
  sha256,
  bytes: 10,
  contentType: 'image/png',
  key: outputKey(owner, { slot: 'image', sha256, contentType: 'image/png' }),
  width: 1,
  height: 1,
  metadata: {},
};

describe('the outputs of an attempt', () => {
  it('are accepted where they were granted, as they were announced', () => {
    expect(output.key).toBe(`t/${owner.tenantId}/out/${owner.taskId}/3/image-${sha256}.png`);
    expect(outputFaults(owner, [output], [{ bytes: 10, sha256 }])).toEqual([]);
  });

  it('are refused under the key of another attempt, task, tenant or slot', () => {
    for (const foreign of [
      { ...owner, attempt: 2 },
      { ...owner, taskId: owner.tenantId },
      { ...owner, tenantId: owner.taskId },
    ]) {
      const key = outputKey(foreign, output);
      expect(outputFaults(owner, [{ ...output, key }], [{ bytes: 10, sha256 }])).toMatchObject([{ code: 'foreign_key' }]);
    }
    expect(outputFaults(owner, [{ ...output, slot: 'mask' }], [{ bytes: 10, sha256 }])).toMatchObject([{ code: 'foreign_key' }]);
  });

  it('are refused with every fault at once when storage holds something else', () => {
    expect(outputFaults(owner, [output], [null])).toMatchObject([{ code: 'not_stored' }]);
    expect(outputFaults(owner, [output], [{ bytes: 9, sha256: 'cd'.repeat(32) }]).map((f) => f.code)).toEqual(['wrong_size', 'wrong_digest']);
  });
});

describe('a completion', () => {
  it('is in itself consistent', () => {
    expect(completionFaults({ outcome: 'done', outputs: [output] })).toEqual([]);
    expect(completionFaults({ outcome: 'done', outputs: [] })).toEqual([]);
    expect(completionFaults({ outcome: 'failed', outputs: [output] })).toHaveLength(2);
    expect(completionFaults({ outcome: 'done', outputs: [output, output] })).toMatchObject([{ code: 'duplicate_slot' }]);
  });

  it('is the same again whatever its meter and the order of its outputs', () => {
    const mask = { ...output, slot: 'mask' };
    expect(completionDigest({ outcome: 'done', outputs: [output, mask] })).toBe(completionDigest({ outcome: 'done', outputs: [mask, output] }));
    expect(completionDigest({ outcome: 'done', outputs: [output] })).not.toBe(
      completionDigest({ outcome: 'done', outputs: [{ ...output, sha256: 'cd'.repeat(32) }] }),
    );
  });
});
