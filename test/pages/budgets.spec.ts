import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { browse, chromiumPath, type Browsing } from './browser.js';

describe.skipIf(!chromiumPath)('budgets in Chromium', () => {
  let app: TestApp;
  let person: Person;
  let browsing: Browsing;

  beforeAll(async () => {
    app = await startApp();
    person = await app.register('Jennifer');
    browsing = await browse(app.url);
  });
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
  });

  it('an owner is told what is wrong with a budget, rehearses it on last month, and sets it', async () => {
    const { page } = browsing;
    await page.goto('/admin/budgets');
    await page.getByLabel('E-mail', { exact: false }).fill(person.email);
    await page.getByLabel('Password', { exact: false }).first().fill(person.password);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.getByRole('heading', { level: 1, name: 'Budgets' }).waitFor();
    await page.getByRole('button', { name: 'Add a budget' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Pictures');
    await dialog.getByLabel('Credits in a period').fill('much');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText(/decimal string/).waitFor();
    await dialog.getByLabel('Credits in a period').fill('1');
    await dialog.getByRole('button', { name: 'Rehearse on last month' }).click();
    await dialog.getByText('Last month it would have refused none of 0 jobs.').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row', { name: /Pictures/ });
    await row.waitFor();
  }, 90_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of (401|402|422)/.test(line))).toEqual([]);
  });
});
