import { expect, it } from 'vitest';
import type { StoredEvent } from '../job.entity.js';
import { timeline } from './job-log.js';

let second = 0;
const event = (type: string, data: object): StoredEvent => ({ id: ++second, type, data: data as Record<string, unknown>, createdAt: new Date(second * 1000) });

it("a job's log tells in words what happened, in order and with times", () => {
  const log = timeline([
    event('status', { status: 'queued' }),
    event('billing', { held: '4', charged: '0', returned: '0' }),
    event('status', { status: 'starting', message: 'A box of class A10G took the job.' }),
    event('status', { status: 'processing' }),
    event('status', { status: 'processing', reason: 'interrupted_retrying' }),
    event('billing', { held: '4', charged: '2', returned: '2' }),
    event('status', { status: 'succeeded' }),
  ]);
  expect(log.map((entry) => entry.event)).toEqual(['queued', 'held', 'starting', 'started', 'interrupted', 'charged', 'succeeded']);
  expect(log[1]).toEqual({ at: '1970-01-01T00:00:02.000Z', event: 'held', message: '4 credits were set aside.' });
  expect(log[2]!.message).toBe('A box of class A10G took the job.');
  expect(log[5]!.message).toBe('2 credits were charged, 2 returned.');
});

it('says why a job failed, and that nothing was charged', () => {
  const log = timeline([
    event('billing', { held: '1', charged: '0', returned: '1' }),
    event('status', { status: 'failed', error: { code: 'poison_task', message: 'Three boxes died.' } }),
  ]);
  expect(log.map((entry) => entry.message)).toEqual(['Nothing was charged; 1 credits were returned.', 'The job failed. Three boxes died. (poison_task)']);
});
