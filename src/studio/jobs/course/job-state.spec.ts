import { JOB_STATUSES, type JobStatus } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { isTerminal, liveStatus, NEXT_STATUSES, pathTo } from './job-state.js';

describe('the history of a job', () => {
  it('has no gap: what happened unseen is written down too', () => {
    expect(pathTo('queued', 'succeeded')).toEqual(['starting', 'processing', 'succeeded']);
    expect(pathTo('starting', 'failed')).toEqual(['processing', 'failed']);
  });

  it('lets a job be cancelled from every live status directly', () => {
    for (const from of ['queued', 'starting', 'processing'] as const) expect(pathTo(from, 'canceled')).toEqual(['canceled']);
  });

  it('ends at a terminal status for ever', () => {
    for (const from of JOB_STATUSES.filter(isTerminal)) for (const to of JOB_STATUSES) expect(pathTo(from, to)).toEqual([]);
  });

  it('only ever takes allowed steps', () => {
    for (const from of JOB_STATUSES) {
      for (const to of JOB_STATUSES) {
        let at: JobStatus = from;
        for (const step of pathTo(from, to)) {
          expect(NEXT_STATUSES[at]).toContain(step);
          at = step;
        }
      }
    }
  });
});

describe('the status that the tasks carry a job to', () => {
  it('follows the furthest task', () => {
    expect(liveStatus('queued', ['ready', 'queued'])).toBe('queued');
    expect(liveStatus('queued', ['ready', 'leased'])).toBe('starting');
    expect(liveStatus('starting', ['running', 'leased'])).toBe('processing');
    expect(liveStatus('queued', ['done', 'ready'])).toBe('processing');
  });

  it('never goes back when a box is lost', () => {
    expect(liveStatus('processing', ['ready'])).toBe('processing');
    expect(liveStatus('starting', ['queued'])).toBe('starting');
  });
});
