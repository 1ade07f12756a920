import { describe, expect, it } from 'vitest';
import { patternFaults, wants } from './event-patterns.js';

describe('the events an endpoint chose', () => {
  it('are named one by one, by group, or all', () => {
    expect(wants(['job.succeeded'], 'job.succeeded')).toBe(true);
    expect(wants(['job.succeeded'], 'job.failed')).toBe(false);
    expect(wants(['job.*'], 'job.failed')).toBe(true);
    expect(wants(['job.*'], 'jobs.failed')).toBe(false);
    expect(wants(['balance.*', 'invoice.paid'], 'invoice.paid')).toBe(true);
    expect(wants(['*'], 'export.ready')).toBe(true);
    expect(wants([], 'job.failed')).toBe(false);
  });
  it('are refused when no event would ever match, each with its cure', () => {
    const faults = patternFaults(['job.*', 'jbo.*', 'job.succeded', 'job*', '', '*']);
    expect(faults.map((fault) => fault.pointer)).toEqual(['/eventTypes/1', '/eventTypes/2', '/eventTypes/3', '/eventTypes/4']);
    expect(faults[0]!.fix).toContain('job.succeeded');
  });
});
