import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('an owner sets a budget, rehearses it, runs into it, approves more, and looks at its history', async () => {
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

    const api = app.api(person.token);
    const picture = { prompt: 'a quiet harbour', width: 512, height: 512, steps: 10 };
    await api.post('/generate/txt2img').send(picture).expect(202);
    const [budget] = (await api.get('/budgets').expect(200)).body.data;
    await api.post(`/budgets/${budget.id}/increases`).send({ credits: '2', reason: 'The fair is on Friday.' }).expect(201);

    await page.goto('/create');
    await page
      .getByRole('textbox', { name: /what do you see|prompt|describe/i })
      .first()
      .fill('a quiet harbour');
    await page.locator('button[type=submit]').last().click();
    await page.getByText(/the budget “Pictures” of your organisation has 0 left/).waitFor();

    await page.goto('/admin/budgets');
    await page.getByText('The fair is on Friday.').waitFor();
    expect(await accessibilityFaults(page, 'admin-budgets-asked')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'Approve' }).click();
    await row.getByText('2 credits on top').waitFor();
    await page.getByRole('button', { name: 'History: Pictures' }).click();
    await dialog.getByRole('img', { name: /dashed line is the limit of 1 credit/ }).waitFor();
    expect(await accessibilityFaults(page, 'admin-budgets-history')).toEqual([]);
  }, 90_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of (401|402|422)/.test(line))).toEqual([]);
  });
});
