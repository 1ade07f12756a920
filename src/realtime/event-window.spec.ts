import type { JobEvent, JobStatus } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { EventWindow } from './event-window.js';

const status = (id: number, value: JobStatus = 'processing'): JobEvent => ({ type: 'status', id, data: { jobId: 'job_x', status: value } });
const ids = (events: JobEvent[]): number[] => events.map((e) => e.id);

describe('EventWindow', () => {
  it('gives what follows an id, over gaps that the purge has left', () => {
    const window = new EventWindow(10);
    window.add([status(1), status(4), status(9)]);
    expect(ids(window.after(0))).toEqual([1, 4, 9]);
    expect(ids(window.after(3))).toEqual([4, 9]);
    expect(ids(window.after(9))).toEqual([]);
    expect(ids(window.after(1000))).toEqual([]);
  });
  it('takes an event once, however often it is read', () => {
    const window = new EventWindow(10);
    window.add([status(1), status(2)]);
    window.add([status(1), status(2), status(3)]);
    expect(ids(window.after(0))).toEqual([1, 2, 3]);
    expect(window.cursor).toBe(3);
  });
  it('says from where on it is complete when it lets go of the oldest', () => {
    const window = new EventWindow(3);
    window.add([1, 2, 3, 4, 5].map((id) => status(id)));
    expect(window.base).toBe(2);
    expect(ids(window.after(window.base))).toEqual([3, 4, 5]);
  });
  it('knows the end by a terminal status only', () => {
    const window = new EventWindow(2);
    window.add([status(1), { type: 'complete', id: 2, data: { jobId: 'job_x', outputs: [] } }]);
    expect(window.sawEnd).toBe(false);
    window.add([status(3, 'succeeded'), status(4), status(5), status(6)]);
    expect(window.sawEnd).toBe(true);
  });
});
