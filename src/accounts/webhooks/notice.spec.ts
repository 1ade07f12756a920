import { WEBHOOK_TYPES } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { newId, typeId } from '../../platform/ids/index.js';
import { bodyOf, noticeOf, PUBLIC_TOPICS } from './notice.js';

describe('what a webhook says', () => {
  it('names the end of a job by how it ended, with the id in its public form', () => {
    const jobId = newId();
    for (const status of ['succeeded', 'failed', 'canceled'] as const)
      expect(noticeOf('job.finished', { jobId, status })).toEqual({ type: `job.${status}`, data: { jobId: typeId('job', jobId), status } });
  });
  it('is of a type that endpoints can choose, whatever the news', () => {
    const payload = { jobId: newId(), status: 'failed' } as never;
    for (const topic of PUBLIC_TOPICS) expect(Object.keys(WEBHOOK_TYPES)).toContain(noticeOf(topic, payload).type);
  });
  it('shows no uuid, no list and no nested thing of the inside', () => {
    const { data } = noticeOf('export.ready', { exportId: newId(), rowId: newId(), parts: ['a'], deep: { a: 1 }, rows: 3, done: true } as never);
    expect(Object.keys(data)).toEqual(['exportId', 'rows', 'done']);
    expect(data.exportId).toMatch(/^exp_/);
  });
  it('stays below 20 kB whatever the news carries', () => {
    const payload = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`name${i}`, '\u0001'.repeat(10_000)]));
    expect(bodyOf(noticeOf('budget.alerted', payload as never), new Date()).length).toBeLessThan(20_000);
  });
});
