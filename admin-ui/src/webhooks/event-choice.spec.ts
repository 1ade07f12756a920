import { describe, expect, it } from 'vitest';
import { choicesOf, covered, patternsOf } from './event-choice.js';

const types = ['job.succeeded', 'job.failed', 'invoice.paid'].map((type) => ({ type, description: type }));

describe('the choice of events', () => {
  it('offers everything, each group, and each type once, groups together', () => {
    expect(choicesOf(types).map(({ pattern }) => pattern)).toEqual(['*', 'job.*', 'job.succeeded', 'job.failed', 'invoice.*', 'invoice.paid']);
  });
  it('sends a wider pattern instead of what it covers', () => {
    expect(patternsOf(new Set(['job.*', 'job.failed', 'invoice.paid']))).toEqual(['job.*', 'invoice.paid']);
    expect(patternsOf(new Set(['job.*', '*', 'invoice.paid']))).toEqual(['*']);
  });
  it('knows what is chosen by something wider', () => {
    expect(covered(new Set(['job.*']), 'job.failed')).toBe(true);
    expect(covered(new Set(['job.*']), 'job.*')).toBe(false);
    expect(covered(new Set(['*']), 'job.*')).toBe(true);
  });
});
