import { describe, expect, it } from 'vitest';
import { faultsByField, Problem, toProblem } from './problem.js';

const fault = (pointer: string, fix?: string) => ({ pointer, code: 'c', message: pointer, fix });

describe('problems', () => {
  it('faults go to the fields that a form shows, the first of each, wherever the pointer begins', () => {
    const problem = new Problem(422, { errors: [fault('/parameters/width'), fault('/width'), fault('/scopes/3'), fault('/teamId')] });
    const { fields, rest } = faultsByField(problem, ['width', 'scopes']);
    expect(Object.keys(fields)).toEqual(['width', 'scopes']);
    expect(fields.width!.message).toBe('/parameters/width');
    expect(rest.map(({ pointer }) => pointer)).toEqual(['/teamId']);
  });

  it('every fault says what to do: its own cure, or that of the refusal', () => {
    const problem = new Problem(403, { code: 'plan_required', errors: [fault('/factor'), fault('/width', 'Make it smaller.')] });
    const { fields } = faultsByField(problem, ['factor', 'width']);
    expect(fields.factor!.fix).toMatch(/plan/);
    expect(fields.width!.fix).toBe('Make it smaller.');
  });

  it('an answer without an explanation still has a cause and a cure', () => {
    const problem = new Problem(500, {});
    expect(problem.message).toMatch(/500/);
    expect(problem.cure).toMatch(/Try again/);
    expect(toProblem(new TypeError('Failed to fetch'))).toMatchObject({ code: 'offline', retryable: true });
  });
});
