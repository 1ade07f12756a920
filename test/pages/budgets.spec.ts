import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger } from '../../src/billing/ledger/index.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

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
    await dialog.getByLabel('Counted in').selectOption('dollars');
    await dialog.getByLabel('Dollars in a period').fill('0.02');
    expect(await accessibilityFaults(page, 'admin-budget-dialog')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByRole('button', { name: 'Rehearse on last month' }).click();
    await dialog.getByText('Last month it would have refused none of 0 jobs.').waitFor();
    await dialog.getByRole('button', { name: 'Save' }).click();
    const row = page.getByRole('row', { name: /Pictures/ });
    await row.waitFor();
  }, 90_000);

  it('alerts come to the open page by themselves, and the history shows what was spent', async () => {
    const { page } = browsing;
    const job = await app.api(person.token).post('/generate/txt2img').send({ prompt: 'a lighthouse', width: 512, height: 512, steps: 20 }).expect(202);
    const tenantId = parseId('tnt', person.tenantId);
    await app.nest.get(TenantTx).run({ tenantId }, (em) => app.nest.get(Ledger).settle(em, tenantId, parseId('job', job.body.id as string), 1000n, 'done'));
    await page.getByText('The budget “Pictures” is 100 % spent.').waitFor({ timeout: 10_000 });
    await page.getByText('Pictures: 1 of 1 credit spent').first().waitFor();
    await page.getByLabel('Tell below').fill('99.5');
    await page.getByRole('button', { name: 'Set the mark' }).click();
    await page.getByText('Low now').waitFor();
    expect(await accessibilityFaults(page, 'admin-budgets')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'History: Pictures' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: /Credits spent in each of 1 period/ }).waitFor();
    expect(await accessibilityFaults(page, 'admin-budget-history')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.keyboard.press('Escape');
  }, 90_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of (401|402|422)/.test(line))).toEqual([]);
  });
});
