import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, signUp, type Browsing } from './browser.js';

describe.skipIf(!chromiumPath)('the studio in Chromium', () => {
  let app: TestApp;
  let browsing: Browsing;

  beforeAll(async () => {
    app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
    browsing = await browse(app.url);
  });
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
  });

  it('a newcomer signs up, sees the price on the button, makes a picture, watches it come, and finds what it cost', async () => {
    const { page } = browsing;
    await page.goto('/');
    await page.waitForURL(/sign-in/);
    expect(await accessibilityFaults(page, 'sign-in')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto('/sign-up');
    expect(await accessibilityFaults(page, 'sign-up')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await signUp(page, 'Sarah');

    await page.getByLabel('Prompt', { exact: true }).fill('a lighthouse in the fog');
    const make = page.getByRole('button', { name: /make 1 picture · 1 credit/i });
    await make.waitFor();
    const balanceBefore = await (await page.request.get('/api/v1/billing/credits')).json();
    await make.click();
    await page.getByRole('progressbar').first().waitFor();
    await page.locator('img[src*="/content"], img[src*="/files/"]').first().waitFor({ timeout: 30_000 });
    await page
      .getByText(/simulated/i)
      .first()
      .waitFor();
    const balanceAfter = await (await page.request.get('/api/v1/billing/credits')).json();
    expect([balanceBefore.available, balanceAfter.available]).toEqual(['100', '99']);
    expect(await accessibilityFaults(page, 'create')).toEqual([]);
  }, 120_000);

  it.each(['gallery', 'jobs', 'credits', 'keys', 'account'])(
    'the page /%s is without accessibility faults',
    async (path) => {
      const { page } = browsing;
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(`/${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle').catch(() => undefined);
      expect(await accessibilityFaults(page, path)).toEqual([]);
    },
    60_000,
  );

  it('the page of a picture tells its parameters and its cost, and is without accessibility faults', async () => {
    const { page } = browsing;
    await page.setViewportSize({ width: 1440, height: 900 });
    const { data } = await (await page.request.get('/api/v1/assets')).json();
    await page.goto(`/assets/${data[0].id}`);
    await page.getByText('a lighthouse in the fog').first().waitFor();
    await page
      .getByText(/1 credit/i)
      .first()
      .waitFor();
    expect(await accessibilityFaults(page, 'asset')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    const { data: jobs } = await (await page.request.get('/api/v1/jobs')).json();
    await page.goto(`/jobs/${jobs[0].id}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    expect(await accessibilityFaults(page, 'job')).toEqual([]);
  }, 60_000);

  it('wrote no error to the console, and broke no rule of its own content policy', () => {
    // The two 401 answers are how a page learns that nobody is signed in yet.
    expect(browsing.complaints.filter((line) => !/status of 401/.test(line))).toEqual([]);
  });
});
