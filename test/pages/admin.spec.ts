import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyGraph } from '../../gpu-fleet/src/engines/onnx/tiny-graphs.js';
import { startApp, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

/** Pages whose own specs look at them with something on them. */
const WALKED_ELSEWHERE = ['/admin/usage', '/admin/exports', '/admin/budgets', '/admin/webhooks'];

describe.skipIf(!chromiumPath)('the administration in Chromium', () => {
  let app: TestApp;
  let browsing: Browsing;

  beforeAll(async () => {
    const models = { 'outside/draw': { version: 'v-1', operations: ['txt2img'], priceMicros: 4200, input: { prompt: '$prompt' } } };
    app = await startApp({
      ...{ ATELIER_LOCAL_BOXES: '1', ATELIER_ONNX: 'cpu' },
      // Nobody listens there: the page is only about the consent.
      ...{ EXTERNAL_URL: 'http://127.0.0.1:9', EXTERNAL_TOKEN: 'tok', EXTERNAL_MODELS: JSON.stringify(models) },
    });
    const person = await app.register('Jennifer');
    await app.api(person.token).post('/generate/txt2img').send({ prompt: 'a quiet harbour', width: 64, height: 64, steps: 2 }).expect(202);
    browsing = await browse(app.url);
  });
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
  });

  const pages = async (): Promise<string[]> => {
    await browsing.page.getByRole('navigation').first().getByRole('link').first().waitFor();
    const links = await browsing.page
      .getByRole('navigation')
      .first()
      .getByRole('link')
      .evaluateAll((nodes) => nodes.map((node) => new URL((node as HTMLAnchorElement).href).pathname));
    return [...new Set(links)].filter((path) => path.startsWith('/admin'));
  };

  it('lets an operator in, every page it links to is without accessibility faults, and the fleet is shown live', async () => {
    const { page } = browsing;
    await page.goto('/admin/');
    await page.getByLabel('E-mail', { exact: false }).fill(app.operator.email);
    await page.getByLabel('Password', { exact: false }).first().fill(app.operator.password);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.waitForFunction(() => !location.pathname.includes('sign-in'));
    await page.getByRole('heading', { level: 1 }).waitFor();
    const paths = await pages();
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths.filter((path) => !WALKED_ELSEWHERE.includes(path))) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(400);
      expect(await accessibilityFaults(page, `admin${path.replaceAll('/', '-')}`)).toEqual([]);
    }

    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto('/admin/fleet');
    const content = page.getByRole('main');
    await content
      .getByText(/\blocal\b/)
      .first()
      .waitFor();
    await content.getByText('Ready').first().waitFor();
    await page.getByRole('tab', { name: /lanes/i }).click();
    await content.getByRole('row').nth(1).waitFor();
  }, 240_000);

  it('says on the pages about payments that there are none here, and offers nothing to buy', async () => {
    const { page } = browsing;
    for (const path of ['/admin/plan', '/admin/credits', '/admin/invoices']) {
      await page.goto(path);
      await page.getByText('Payments are not set up in this installation').waitFor();
      expect(await page.getByRole('button', { name: /^(Buy|Choose|Try|Cards)/ }).count()).toBe(0);
    }
  }, 30_000);

  it('opens a licence with a reason, brings a file of the catalogue and keeps the model warm', async () => {
    const { page } = browsing;
    await page.goto('/admin/models');
    await page.getByRole('button', { name: /^Open: S-Lab/ }).click();
    await page.getByLabel('Why').fill('Legal has read it and sees no obstacle here.');
    await page.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
    await page.getByText('Legal has read it').waitFor();
    await page.getByRole('button', { name: 'Bring u2net.onnx of U²-Net' }).click();
    await page.getByLabel('Choose a file').setInputFiles({ name: 'u2net.onnx', mimeType: 'application/octet-stream', buffer: Buffer.from(tinyGraph('u2net')) });
    const row = page.getByRole('row', { name: /^U²-Net/ });
    await row.getByText('Ready', { exact: true }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Warmth: U²-Net' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('State').selectOption('WARM');
    await dialog.getByText('Keeping it in memory').waitFor();
    expect(await accessibilityFaults(page, 'admin-thermal')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByRole('button', { name: 'Set' }).click();
    await row.getByText('kept warm').waitFor();
  }, 120_000);

  it('an administrator agrees to outside services, and switches off a rule about prompts', async () => {
    const { page } = browsing;
    await page.goto('/admin/content');
    const outside = page.getByRole('switch', { name: /may be sent to 127\.0\.0\.1/ });
    expect(await outside.getAttribute('aria-checked')).toBe('false');
    await outside.click();
    await page.getByText(/^Last changed/).waitFor();
    expect(await outside.getAttribute('aria-checked')).toBe('true');
    const rule = page.getByRole('switch', { name: 'violence' });
    await rule.click();
    await expect.poll(() => rule.getAttribute('aria-checked')).toBe('false');
    expect(await accessibilityFaults(page, 'admin-content-rules')).toEqual([]);
  }, 60_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of 401/.test(line))).toEqual([]);
  });
});
