import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { StripeStandIn } from '../support/stripe-stand-in.js';
import { accessibilityFaults, browse, chromiumPath, type Browsing } from './browser.js';

const DESK = { width: 1440, height: 900 };

describe.skipIf(!chromiumPath)('money in Chromium', () => {
  let app: TestApp;
  let stripe: StripeStandIn;
  let owner: Person;
  let browsing: Browsing;
  let courier: NodeJS.Timeout;
  /** Answers to the webhooks that the stand-in sent. */
  const taken: number[] = [];

  beforeAll(async () => {
    stripe = await StripeStandIn.start();
    app = await startApp({ ...stripe.settings, ATELIER_LOCAL_BOXES: '1' });
    owner = await app.register('Jennifer');
    browsing = await browse(app.url);
    let sent = 0;
    courier = setInterval(() => {
      for (const event of stripe.account.events.slice(sent)) {
        const { body, signature } = stripe.signed(event);
        void fetch(`${app.url}/api/v1/webhooks/stripe`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'stripe-signature': signature },
          body,
        }).then(({ status }) => taken.push(status));
      }
      sent = stripe.account.events.length;
    }, 200);
  });
  afterAll(async () => {
    clearInterval(courier);
    await browsing?.close();
    await app?.close();
    stripe?.stop();
    for (const name of Object.keys(stripe?.settings ?? {})) delete process.env[name];
  });

  /** As the books have it; the page is loaded again only then. */
  const subscriptionIs = async (status: string): Promise<void> => {
    const stored = () => app.db.sql<{ status: string }>('SELECT status FROM subscription');
    await expect.poll(async () => (await stored())[0]?.status, { timeout: 20_000 }).toBe(status);
    await browsing.page.reload();
  };

  it('a buyer who turns back at the payment is told so, one who pays sees the credits arrive, and may have them bought automatically', async () => {
    const { page } = browsing;
    await page.goto('/admin/credits');
    await page.getByLabel('E-mail', { exact: false }).fill(owner.email);
    await page.getByLabel('Password', { exact: false }).first().fill(owner.password);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.getByRole('heading', { level: 1, name: 'Credits' }).waitFor();
    await page.getByRole('button', { name: /^Buy 500 credits for .*10\.00$/ }).click();
    await page.getByRole('link', { name: 'Back' }).click();
    await page.getByText('Nothing was paid').waitFor();
    await page.getByRole('button', { name: /^Buy 500 credits for .*10\.00$/ }).click();
    await page.getByRole('button', { name: 'Pay' }).click();
    await page.getByText('500 credits were granted').waitFor();
    await page.getByRole('link', { name: '600 credits available' }).waitFor();
    expect(await accessibilityFaults(page, 'admin-credits')).toEqual([]);
    await page.setViewportSize(DESK);
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('When fewer credits are left than').fill('0');
    await dialog.getByLabel('At most in any 24 hours').fill('5');
    await dialog.getByRole('button', { name: 'Switch on' }).click();
    await dialog.getByText('The threshold must be above 0.').waitFor();
    await dialog.getByText(/costs more than the day allows/).waitFor();
    await dialog.getByLabel('When fewer credits are left than').fill('20');
    await dialog.getByLabel('At most in any 24 hours').fill('30.50');
    await dialog.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText(/^Buys 500 credits when fewer than 20 are left; at most .*30\.50 in any 24 hours/).waitFor();
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('Nothing is bought by itself.').waitFor();
    await expect.poll(() => taken.length).toBeGreaterThan(1);
    expect(new Set(taken)).toEqual(new Set([200]));
  }, 120_000);

  it('a budget that is used up refuses the next job in the studio with the way to raise it, and its alert stands on the page', async () => {
    const { page } = browsing;
    await page.setViewportSize(DESK);
    await page.goto('/admin/budgets');
    await page.getByRole('button', { name: 'Add a budget' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Pictures');
    await dialog.getByLabel('Credits in a period').fill('1');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /Pictures/ }).waitFor();

    await page.goto('/');
    await page.getByLabel('Prompt', { exact: true }).fill('a lighthouse in the fog');
    const make = page.getByRole('button', { name: /make 1 picture · 1 credit/i });
    await make.click();
    await page.locator('img[src*="/content"], img[src*="/files/"]').first().waitFor({ timeout: 30_000 });
    await make.click();
    const refusal = page.getByRole('alert').filter({ hasText: 'the budget Pictures has 0 left' });
    await refusal.waitFor();
    expect(await accessibilityFaults(page, 'budget-exceeded')).toEqual([]);
    await page.setViewportSize(DESK);
    await refusal.getByRole('link', { name: 'Raise it under Budgets' }).click();
    await page.getByRole('heading', { level: 1, name: 'Budgets' }).waitFor();
    // It comes by itself, to the page that is open.
    await page.getByText('Pictures: 1 of 1 credit spent').first().waitFor({ timeout: 15_000 });
  }, 120_000);

  it('the page of a job says what it cost and why, down to the seconds of machines', async () => {
    const { page } = browsing;
    const { data: jobs } = await (await page.request.get('/api/v1/jobs')).json();
    await page.goto(`/jobs/${jobs[0].id}`);
    const why = page.getByRole('region', { name: 'What this cost and why' }).first();
    await why.getByText('Everything was delivered: the listed price.').waitFor();
    await why.getByText('Charged: 1 credit').waitFor();
    await why.getByText('Monthly credits: 1').waitFor();
    await why.getByRole('row', { name: /CPU/ }).waitFor();
    expect(await accessibilityFaults(page, 'job-why')).toEqual([]);
  }, 60_000);

  it('the totals of the usage page and of the downloaded export agree', async () => {
    const { page } = browsing;
    await page.setViewportSize(DESK);
    await page.goto('/admin/usage');
    const total = page.getByRole('row').last();
    await total.getByText('1 credit', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Export this range' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make' }).click();
    const card = page.getByRole('listitem', { name: /^CSV/ });
    await card.getByText('Ready').waitFor({ timeout: 20_000 });
    const [download] = await Promise.all([page.waitForEvent('download'), card.getByRole('link', { name: /^Download/ }).click()]);
    const file = await readFile(await download.path());
    await card.getByText(createHash('sha256').update(file).digest('hex')).waitFor();
    await card.getByText('1 credit', { exact: true }).waitFor();
    const [head, ...lines] = file.toString('utf8').trim().split('\r\n');
    const column = head!.split(',').indexOf('credits');
    expect(lines.map((line) => line.split(',')[column])).toEqual(['1']);
  }, 60_000);

  it('a plan is tried, made smaller with the next period, kept, paused and let go on; a failed payment says until when the plan stays', async () => {
    const { page } = browsing;
    await page.goto('/admin/plan');
    await page.getByRole('button', { name: 'Try Pro for 14 days' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Seats').fill('7');
    await dialog.getByText(/Then .*73\.00 a month before tax/).waitFor();
    await dialog.getByRole('button', { name: 'Go to payment' }).click();
    await page.getByRole('button', { name: 'Pay' }).click();
    await page.getByText('Pro is yours from now on').waitFor({ timeout: 20_000 });
    await page.getByText('7, 1 taken, 2 bought beside the plan').waitFor();
    expect(await accessibilityFaults(page, 'admin-plan')).toEqual([]);
    await page.setViewportSize(DESK);

    const [subscription] = stripe.account.all('subscription');
    stripe.account.renew(subscription!.id);
    await subscriptionIs('active');
    await page.getByText('Paid', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Choose Standard' }).click();
    await dialog.getByText(/Until then you keep Pro/).waitFor();
    expect(await accessibilityFaults(page, 'admin-plan-change')).toEqual([]);
    await page.setViewportSize(DESK);
    await dialog.getByRole('button', { name: 'Change' }).click();
    await page.getByText(/^Standard begins on/).waitFor();
    await page.getByRole('button', { name: 'Keep Pro' }).click();
    await page.getByText(/^Standard begins on/).waitFor({ state: 'detached' });
    await page.getByText('2 bought beside the plan').waitFor();

    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('The subscription is paused').waitFor();
    await page.getByRole('button', { name: 'Let it go on' }).first().click();
    await page.getByText('The subscription is paused').waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'End the subscription' }).click();
    await dialog.getByRole('button', { name: 'End the subscription' }).click();
    await page.getByText(/^Pro ends on/).waitFor();
    await page.getByRole('button', { name: 'Keep Pro' }).click();
    await page.getByText(/^Pro ends on/).waitFor({ state: 'detached' });

    stripe.account.renew(subscription!.id, false);
    await page.goto('/admin/invoices');
    await subscriptionIs('past_due');
    await page
      .getByText(/^A payment failed/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: /^Pay / }).waitFor();
    expect(await accessibilityFaults(page, 'admin-invoices')).toEqual([]);
    await page.setViewportSize(DESK);
    await page.getByRole('button', { name: 'Cards, addresses, tax' }).first().click();
    await page.waitForURL(/\/portal\//);
  }, 180_000);

  it('wrote no error to the console, and asked the payment service for nothing it does not know', () => {
    // The refusals of this journey, and the portal that the stand-in has no page for.
    expect(browsing.complaints.filter((line) => !/status of (401|402|404|422)/.test(line))).toEqual([]);
    expect(stripe.faults).toEqual([]);
  });
});
