import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

describe.skipIf(!chromiumPath)('cost and prices in Chromium', () => {
  let app: TestApp;
  let browsing: Browsing;

  beforeAll(async () => {
    app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
    const person = await app.register('Jennifer');
    await app.api(person.token).post('/generate/txt2img').send({ prompt: 'a quiet harbour', width: 64, height: 64, steps: 2 }).expect(202);
    browsing = await browse(app.url);
  });
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
  });

  it('an operator sees where machine time went, tries dearer pictures on the past, announces them, and sets a rate', async () => {
    const { page } = browsing;
    const finished = () => app.db.sql(`SELECT 1 FROM hold WHERE state = 'settled'`);
    await expect.poll(async () => (await finished()).length, { timeout: 30_000 }).toBe(1);
    await app.db.sql(`UPDATE hold SET closed_at = closed_at - interval '2 hours'`);
    await page.goto('/admin/cost');
    await page.getByLabel('E-mail', { exact: false }).fill(app.operator.email);
    await page.getByLabel('Password', { exact: false }).first().fill(app.operator.password);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.getByRole('img', { name: /^Machine time per day/ }).waitFor();
    await page.getByRole('row', { name: /^Idle/ }).waitFor();
    await page.getByRole('row', { name: /^local/ }).waitFor();
    await page
      .getByRole('region', { name: 'Margin' })
      .getByRole('row', { name: /Jennifer/ })
      .waitFor();

    await page.goto('/admin/prices');
    await page.getByRole('button', { name: 'New draft' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Smallest picture').fill('many');
    await dialog.getByRole('button', { name: 'Simulate' }).click();
    await dialog.getByText(/decimal string/).waitFor();
    await dialog.getByLabel('Smallest picture').fill('2');
    await dialog.getByLabel('Note').fill('Small pictures cost two credits');
    expect(await accessibilityFaults(page, 'admin-price-draft')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('1 charged job.').waitFor({ timeout: 20_000 });
    await page
      .getByRole('region', { name: 'Would have paid more' })
      .getByRole('row', { name: /Jennifer.* 1 2 1$/ })
      .waitFor();
    expect(await accessibilityFaults(page, 'admin-price-simulation')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'Schedule' }).click();
    await dialog.getByLabel('From').fill('2999-01-01T00:00');
    await dialog.getByRole('button', { name: 'Schedule' }).click();
    await page.getByRole('main').getByText('It is price list 2.').waitFor();
    await page.getByRole('link', { name: 'All drafts' }).click();
    await page.getByRole('row', { name: /^2 .*Announced/ }).waitFor();

    await page.goto('/admin/rates');
    await page.getByRole('button', { name: 'New rate' }).click();
    await dialog.getByLabel('Dollars an hour').fill('cheap');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('This is not an amount of dollars.').waitFor();
    await dialog.getByLabel('Dollars an hour').fill('0.055');
    await dialog.getByLabel('Counts from').fill('2999-01-01T00:00');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /CPU.*On demand.*0\.055.*Announced/ }).waitFor();

    await page.goto('/admin/reconciliation');
    await page.getByRole('row', { name: /every open hold has its living job.*Holds/ }).waitFor();
  }, 180_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of (401|422)/.test(line))).toEqual([]);
  });
});
