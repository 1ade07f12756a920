import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.js';

it('never runs more than its width at once, runs all, survives failures', async () => {
  const turnstile = new Turnstile(2);
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      turnstile.run(async () => {
        most = Math.max(most, ++running);
        await sleep(i % 3);
        running--;
        if (i % 5 === 0) throw new Error('no');
        return i;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(16);
  expect(await turnstile.run(async () => 'free again')).toBe('free again');
});
