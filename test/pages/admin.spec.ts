import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

describe.skipIf(!chromiumPath)('the administration in Chromium', () => {
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
    for (const path of paths) {
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
  }, 180_000);

  it('wrote no error to the console', () => {
    expect(browsing.complaints.filter((line) => !/status of 401/.test(line))).toEqual([]);
  });
});
