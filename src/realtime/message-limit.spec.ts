import { expect, it } from 'vitest';
import { MessageLimit } from './message-limit.js';

it('lets the burst through, then the rate, and never saves up more than the burst', () => {
  const limit = new MessageLimit(10, 3, 0);
  expect([limit.take(0), limit.take(0), limit.take(0), limit.take(0)]).toEqual([true, true, true, false]);
  expect([limit.take(100), limit.take(100)]).toEqual([true, false]);
  expect([1, 2, 3, 4].map(() => limit.take(60_000))).toEqual([true, true, true, false]);
});
