import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

describe.skipIf(!chromiumPath)('webhooks in Chromium', () => {
  let app: TestApp;
  let owner: Person;
  let browsing: Browsing;
  let receiver: Server;
  let address: string;
  let status = 500;

  beforeAll(async () => {
    receiver = createServer((_request, response) => response.writeHead(status).end('the receiver speaks'));
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    address = `http://127.0.0.1:${port}/hooks`;
    app = await startApp({ SAFE_FETCH_ALLOW_HTTP: 'true', SAFE_FETCH_TRUSTED: `127.0.0.1:${port}` });
    owner = await app.register('Jennifer');
    browsing = await browse(app.url);
  });
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
    receiver.close();
  });

  it('an owner adds an endpoint, sees its secret once, finds a failed test in the log with the answer, and sends it again', async () => {
    const { page } = browsing;
    await page.goto('/admin/');
    await page.getByLabel('E-mail', { exact: false }).fill(owner.email);
    await page.getByLabel('Password', { exact: false }).first().fill(owner.password);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.waitForFunction(() => !location.pathname.includes('sign-in'));
    await page.goto('/admin/webhooks');
    await page.getByRole('button', { name: 'Add an endpoint' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Address').fill('https://10.0.0.1/hooks');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText(/private or reserved network/).waitFor();
    await dialog.getByLabel('Address').fill(address);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText(/^whsec_/).waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect(await page.getByText(/^whsec_/).count()).toBe(0);

    await page.getByRole('button', { name: /^Open the log of/ }).click();
    await dialog.getByRole('button', { name: 'Send a test' }).click();
    await dialog.getByText(/The receiver failed \(500\)/).waitFor();
    await dialog.getByRole('button', { name: 'Show webhook.test' }).click();
    await dialog.getByText('the receiver speaks').waitFor();
    expect(await accessibilityFaults(page, 'admin-webhook-log')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    status = 200;
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await dialog.getByText('Delivered', { exact: true }).waitFor();
    await page.keyboard.press('Escape');

    await page.getByRole('button', { name: 'New secret' }).click();
    await page
      .getByRole('dialog', { name: /new secret/ })
      .getByRole('button', { name: 'New secret' })
      .click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await accessibilityFaults(page, 'admin-webhooks')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });

    await page.getByRole('button', { name: `Change ${address}` }).click();
    await dialog.getByLabel('Description').fill('The accounts');
    expect(await dialog.getByRole('checkbox', { name: /^job\.failed/ }).isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: /^job\.\*/ }).uncheck();
    await dialog.getByRole('checkbox', { name: /^job\.failed/ }).check();
    await dialog.getByRole('checkbox', { name: /^invoice\.\*/ }).check();
    expect(await dialog.getByRole('checkbox', { name: /^invoice\.paid/ }).isChecked()).toBe(true);
    expect(await accessibilityFaults(page, 'admin-webhook-form')).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Events: job.failed, invoice.*').waitFor();
    await page.getByText('The accounts').waitFor();
    expect(browsing.complaints.filter((line) => !/status of (401|422)/.test(line))).toEqual([]);
  }, 90_000);
});
