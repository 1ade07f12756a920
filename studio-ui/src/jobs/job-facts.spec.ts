import type { JobView } from '@atelier/ui-kit';
import { describe, expect, it } from 'vitest';
import { countOf, moneyOf, specOf, standingOf, titleOf } from './job-facts.js';

const job: JobView = {
  id: 'job_1',
  operation: 'txt2img',
  parameters: { prompt: 'a cat', width: 512, height: 768, steps: 20, batchSize: 2, batchCount: 3 },
  visibility: 'private',
  ownerId: 'usr_1',
  status: 'processing',
  progress: 0.25,
  stage: 'sampling',
  etaSeconds: 9,
  cancelRequested: false,
  quote: { lines: [], credits: '3' },
  credits: { held: '3', charged: '0' },
  gpu: { seconds: 0, class: null, capacity: null },
  simulated: false,
  outputs: [],
  createdAt: '',
  startedAt: null,
  finishedAt: null,
};

describe('facts of a job', () => {
  it('the title is the prompt, and what was done where there is none', () => {
    expect(titleOf(job)).toBe('a cat');
    expect(titleOf({ operation: 'upscale', parameters: { factor: 4 } })).toBe('Upscaled picture');
    expect(titleOf({ operation: 'talking-head', parameters: null })).toBe('talking-head');
  });

  it('pictures and sizes are read from the parameters', () => {
    expect(countOf(job)).toBe(6);
    expect(specOf(job)).toBe('512 × 768 · 20 steps');
    expect(specOf({ parameters: null })).toBe('');
  });

  it('while a job runs its credits are held; afterwards charged and returned add up to what was held', () => {
    expect(moneyOf(job)).toEqual({ held: '3', charged: '0', returned: '0', over: false });
    const over = { ...job, status: 'succeeded' as const, credits: { held: '0', charged: '2.5' } };
    expect(moneyOf(over)).toEqual({ held: '3', charged: '2.5', returned: '0.5', over: true });
  });

  it('the stream knows better than the answer before it, except about an end', () => {
    const progress = { jobId: 'job_1', step: 12, totalSteps: 20, progress: 0.6, etaSeconds: 4, stage: 'sampling', message: '' };
    expect(standingOf(job, { at: 2, progress }, 1)).toMatchObject({ stage: 'Sampling', step: { at: 12, of: 20 }, progress: 0.6, etaSeconds: 4 });
    expect(standingOf({ ...job, status: 'failed' }, { at: 2, status: { jobId: 'job_1', status: 'processing' } }).status).toBe('failed');
  });

  it('a waiting job says why and where it stands', () => {
    const queued = { ...job, status: 'queued' as const };
    expect(standingOf(queued, { at: 2, status: { jobId: 'job_1', status: 'queued', reason: 'position', position: 3 } }).stage).toBe(
      'Waiting for its turn, 3 in line',
    );
    expect(standingOf({ ...queued, reason: 'no_capacity' }, { at: 0 }).stage).toBe('Waiting for a machine');
    expect(standingOf(queued, { at: 0 }).progress).toBeNull();
  });

  it('an answer newer than the last news wins, so that a broken stream does not freeze a job', () => {
    const stale = { at: 1, status: { jobId: 'job_1', status: 'queued' as const } };
    expect(standingOf(job, stale, 2)).toMatchObject({ status: 'processing', progress: 0.25 });
    expect(standingOf(job, { ...stale, at: 3 }, 2).status).toBe('queued');
  });
});
