import { expect, it } from 'vitest';
import { filmFactsOf } from './film-frames.js';

const first = (tb: string) => `#software: Lavf\n#tb 0: ${tb}\n#dimensions 0: 64x48\n0, 0, 0, 1, 4608, 0x1\n`;
const packets = (tb: string, times: number[], lasts: number) => `#tb 0: ${tb}\n${times.map((at) => `0, ${at - 2}, ${at}, ${lasts}, 100, 0x1`).join('\n')}\n`;

it.each([
  ['a steady film', packets('1/10240', [0, 1024, 3072, 2048], 1024), first('1/10'), { frames: 4, fps: 10, durationSeconds: 0.4 }],
  ['one that names no lengths', packets('1/1000', [0, 33, 67, 100], 0), first('1001/30000'), { frames: 4, fps: 29.97, durationSeconds: 0.133 }],
  ['packets spread over half an hour', packets('1/10240', [0, 1024, 18_432_000], 1024), first('1/10'), { frames: 18_001, fps: 10, durationSeconds: 1800.1 }],
  ['many packets at one time', packets('1/10', [0, 0, 0, 0, 0], 1), first('1/10'), { frames: 5, fps: 10, durationSeconds: 0.5 }],
  ['no packets', packets('1/10', [], 1), first('1/10'), null],
  ['no rate', packets('1/10', [0], 1), 'broken', null],
  ['times beyond all measure', packets('1000000/1', [9e15], 1), first('1/10'), null],
])('%s', (_what, stored, shown, facts) => {
  expect(filmFactsOf(stored, shown)).toEqual(facts);
});
