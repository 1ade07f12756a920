import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coreConfig } from '../../src/platform/config/index.js';
import { FileIntake } from '../../src/studio/assets/file-intake.service.js';
import { safetensors } from '../../src/studio/models/checks/crafted.js';
import type { Person } from '../support/app.js';
import { Desk } from './desk.js';

let desk: Desk;
let anna: Person;

beforeAll(async () => {
  desk = await Desk.open();
  anna = await desk.person('Anna', 'pro');
});
afterAll(() => desk?.close());

describe('a start', () => {
  it('an hour after the first one tidies up files left behind, and leaves the folder of models alone', async () => {
    const folder = join(desk.app.nest.get<{ home: string }>(coreConfig.token).home, 'intake');
    const hoursAgo = new Date(Date.now() - 3 * 3_600_000);
    writeFileSync(join(folder, 'left-behind'), 'x');
    mkdirSync(join(folder, 'models'), { recursive: true });
    for (const name of ['left-behind', 'models']) utimesSync(join(folder, name), hoursAgo, hoursAgo);
    await desk.app.nest.get(FileIntake, { strict: false }).onModuleInit();
    expect(readdirSync(folder)).toContain('models');
    expect(readdirSync(folder)).not.toContain('left-behind');
  });
});

describe('a file that takes seconds to look at', () => {
  it('keeps no request waiting meanwhile', async () => {
    const tensors = Array.from({ length: 150_000 }, (_, i) => `"${i.toString(36)}":{"dtype":"U8","shape":[],"data_offsets":[${i},${i + 1}]}`);
    const file = safetensors(`{${tensors.join(',')}}`, tensors.length);
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last - 20);
      last = performance.now();
    }, 20);
    const { body } = await desk.begin(anna, file);
    await desk.sendParts(anna, body.id, file);
    longest = 0;
    expect((await desk.api(anna).post(`/models/imports/${body.id}/complete`)).status).toBe(202);
    expect((await desk.ended(anna, body.id)).refusal).toMatchObject({ code: 'unknown_type' });
    clearInterval(watch);
    expect(longest).toBeLessThan(500);
  });
});
