import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const CANDIDATES = [
  process.env.ATELIER_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of a Chromium, or undefined; then the suites of the pages say so and are left out – never in CI. */
export const chromiumPath = CANDIDATES.find((path) => path && existsSync(path));
if (!chromiumPath) {
  if (process.env.CI) throw new Error('The pages are tested with Chromium, and there is none: apt-get install chromium, or set ATELIER_CHROMIUM.');
  console.warn('No Chromium found (apt-get install chromium, or set ATELIER_CHROMIUM): the suites of the pages are left out.');
}

export const SIZES = [
  { name: 'phone', width: 390, height: 844 },
  { name: 'tablet', width: 1024, height: 768 },
  { name: 'desk', width: 1440, height: 900 },
] as const;
export const THEMES = ['light', 'dark'] as const;

const SCREENSHOTS = process.env.ATELIER_SCREENSHOTS;

export interface Browsing {
  context: BrowserContext;
  page: Page;
  /** What the pages wrote to the console as errors, and requests that failed. */
  complaints: string[];
  close(): Promise<void>;
}

export async function browse(url: string): Promise<Browsing> {
  const profile = mkdtempSync(join(tmpdir(), 'atelier-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath!,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
      '--force-color-profile=srgb',
    ],
    baseURL: url,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1440, height: 900 },
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  return {
    context,
    page,
    complaints,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Makes an account by the form, and waits for the first page behind it. */
export async function signUp(page: Page, name: string): Promise<void> {
  if (new URL(page.url()).pathname !== '/sign-up') await page.goto('/sign-up');
  await page.getByLabel('Name', { exact: false }).first().fill(name);
  await page.getByLabel('E-mail', { exact: false }).fill(`${name.toLowerCase()}@atelier.test`);
  await page.getByLabel('Password', { exact: false }).first().fill('a long enough passphrase');
  await page.getByRole('button', { name: /sign up|create|account/i }).click();
  await page.waitForURL((url) => url.pathname === '/');
}

/** Looks at the page as it stands, in each size and theme, for violations of WCAG A and AA; returns them in words. */
export async function accessibilityFaults(page: Page, name: string): Promise<string[]> {
  const faults: string[] = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(120);
      if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}-${size.name}-${theme}.png`) });
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
      for (const { id, nodes, help } of violations)
        faults.push(
          `${name} at ${size.width} px, ${theme}: ${id} – ${help}: ${nodes
            .slice(0, 3)
            .map((node) => node.target.join(' '))
            .join('; ')}`,
        );
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 1) faults.push(`${name} at ${size.width} px scrolls sideways by ${overflow} px`);
    }
  }
  return faults;
}
