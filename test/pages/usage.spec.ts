import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyJobs } from '../billing/exported.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

const COUNT = 120;
const RANGE = 'from=2026-10-24&to=2026-10-26&zone=Asia/Kolkata';
const digits = (text: string): number => Number(text.replaceAll(',', '').replace(/ credits?$/, ''));

describe.skipIf(!chromiumPath)('usage and exports in Chromium', () => {
  let app: TestApp;
  let person: Person;
  let browsing: Browsing;
  let jobId: string;
  let keyName: string;
  /** What the usage page says of the range. */
  let credits: number;

  beforeAll(async () => {
    app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
    person = await app.register('Jennifer');
    await app.setPlan(person.tenantId, 'pro');
    await manyJobs(app, person, COUNT, '2026-10-24T00:00:00Z', 1201);
    keyName = 'Nightly renders';
    const { body: key } = await app
      .api(person.token)
      .post('/api-keys')
      .send({ name: keyName, scopes: ['job:create', 'job:read'] })
      .expect(201);
    const { body: job } = await app.api(key.key).post('/generate/txt2img').send({ prompt: 'a quiet harbour', width: 64, height: 64, steps: 2 }).expect(202);
    jobId = job.id;
    browsing = await browse(app.url);
    await expect.poll(async () => (await app.api(person.token).get(`/jobs/${jobId}`)).body.status, { timeout: 40_000, interval: 300 }).toBe('succeeded');
  }, 90_000);
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
  });

  it('finance sees a range in another zone, goes by key into its jobs, and down to why one cost what it cost', async () => {
    const { page } = browsing;
    await page.goto('/admin/usage');
    await page.getByLabel('E-mail', { exact: false }).fill(person.email);
    await page.getByLabel('Password', { exact: false }).first().fill(person.password);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.getByRole('heading', { level: 1, name: 'Usage' }).waitFor();
    await page.getByLabel('Key', { exact: true }).check();
    await page.getByRole('button', { name: keyName }).click();
    await page.getByRole('button', { name: `Show all again, not only Key: ${keyName}` }).waitFor();
    await page.getByRole('button', { name: 'Text to picture' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Charged').waitFor();
    await dialog.getByText(/of work on .*, 1 attempt\./).waitFor();
    expect(await dialog.getByRole('link', { name: 'Open the job' }).getAttribute('href')).toBe(`/jobs/${jobId}`);
    expect(await accessibilityFaults(page, 'admin-usage-job')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`/admin/usage?${RANGE}`);
    const total = page.getByRole('row').last();
    await total.getByText(/credits$/).waitFor();
    credits = digits(await total.getByText(/credits$/).innerText());
    expect(credits).toBeGreaterThan(0);
    expect(await accessibilityFaults(page, 'admin-usage-range')).toEqual([]);
  }, 120_000);

  it('the file of that range has the rows, the credits and the checksum that the pages show', async () => {
    const { page } = browsing;
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('link', { name: 'Export this range' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Make' }).click();
    const card = page.getByRole('listitem', { name: /^CSV/ });
    await card.getByText('Ready').waitFor({ timeout: 20_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), card.getByRole('link', { name: /^Download/ }).click()]);
    const content = await readFile(await download.path());
    const [header, ...lines] = content.toString().trimEnd().split('\r\n');
    const column = header!.split(',').indexOf('credits');
    expect(lines.reduce((sum, line) => sum + Math.round(Number(line.split(',')[column]) * 1000), 0)).toBe(credits * 1000);
    await card.getByText(lines.length.toString(), { exact: true }).waitFor();
    expect(digits(await card.getByText(/credits$/).innerText())).toBe(credits);
    await card.getByText(createHash('sha256').update(content).digest('hex')).waitFor();
    const { body } = await app.api(person.token).get('/billing/usage?from=2026-10-24&to=2026-10-26&timeZone=Asia/Kolkata').expect(200);
    expect([Number(body.totals.credits), body.totals.jobs]).toEqual([credits, lines.length]);
  }, 60_000);

  it('a range that ends before it begins is refused at its field; a schedule is added and ended', async () => {
    const { page } = browsing;
    await page.getByRole('button', { name: 'Make a file' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('From').fill('2026-10-27');
    await dialog.getByLabel('To').fill('2026-10-24');
    await dialog.getByRole('button', { name: 'Make' }).click();
    await dialog.getByText(/does not lie after/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    await dialog.getByLabel('Format').selectOption('parquet');
    await dialog.getByRole('button', { name: 'Schedule' }).click();
    await page.getByText(/^Next of the period until/).waitFor();
    expect(await accessibilityFaults(page, 'admin-exports')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: /^End Parquet/ }).click();
    await dialog.getByRole('button', { name: 'End' }).click();
    await page.getByText('No file is made by itself.').waitFor();
  }, 60_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of (401|422)/.test(line))).toEqual([]);
  });
});
