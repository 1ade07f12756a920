import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { f32, pickle, safetensors } from '../../src/studio/models/checks/crafted.js';
import { startApp, type TestApp } from '../support/app.js';
import { accessibilityFaults, browse, chromiumPath, signUp, type Browsing } from './browser.js';

describe.skipIf(!chromiumPath)('editing and models in Chromium', () => {
  let app: TestApp;
  let browsing: Browsing;
  let picture = '';
  const scratch = mkdtempSync(join(tmpdir(), 'atelier-pages-'));
  const desk = { width: 1440, height: 900 };

  beforeAll(async () => {
    app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
    browsing = await browse(app.url);
    const { page } = browsing;
    await signUp(page, 'Mara');
    const me = await (await page.request.get('/api/v1/users/me')).json();
    await app.setPlan(me.tenant.id, 'pro');
    const file = join(scratch, 'harbour.png');
    await sharp({ create: { width: 320, height: 240, channels: 3, background: '#305070' } })
      .composite([{ input: Buffer.from('<svg width="320" height="240"><circle cx="160" cy="120" r="50" fill="#e0b040"/></svg>') }])
      .removeAlpha()
      .png()
      .toFile(file);
    await page.goto('/gallery');
    await page.locator('input[type=file]').first().setInputFiles(file);
    await page.locator('a[href^="/assets/ast_"]').first().waitFor({ timeout: 20_000 });
    picture = (await (await page.request.get('/api/v1/assets')).json()).data[0].id;
  }, 120_000);
  afterAll(async () => {
    await browsing?.close();
    await app?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function paint(): Promise<void> {
    const { page } = browsing;
    const stage = page.getByTestId('mask-stage');
    await stage.waitFor();
    const box = (await stage.boundingBox())!;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x - 30, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y + 10, { steps: 8 });
    await page.mouse.up();
    await page
      .getByText(/^[1-9]\d* % marked$/)
      .first()
      .waitFor({ state: 'attached' });
  }

  it('a part of a picture is painted over, replaced from words, compared, thrown away, and the mask is still there', async () => {
    const { page } = browsing;
    await page.setViewportSize(desk);
    await page.goto(`/edit/${picture}`);
    await paint();
    expect(await accessibilityFaults(page, 'edit')).toEqual([]);
    await page.setViewportSize(desk);
    await page.getByLabel('Prompt', { exact: true }).fill('a small boat');
    await page.getByRole('button', { name: /^Replace it · 1 credit/ }).click();
    await page.getByLabel(/^Compare Before with After/).waitFor({ timeout: 30_000 });
    await page.getByLabel(/^Compare Before with After/).press('ArrowRight');
    expect(await accessibilityFaults(page, 'staging')).toEqual([]);
    await page.setViewportSize(desk);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByTestId('mask-stage').waitFor();
    await page
      .getByText(/^[1-9]\d* % marked$/)
      .first()
      .waitFor({ state: 'attached' });
  }, 120_000);

  it('what is marked by a click is removed and kept', async () => {
    const { page } = browsing;
    await page.goto(`/edit/${picture}`);
    const stage = page.getByTestId('mask-stage');
    await stage.waitFor();
    await stage.press('s');
    const box = (await stage.boundingBox())!;
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page
      .getByText(/^[1-9]\d* % marked$/)
      .first()
      .waitFor({ state: 'attached', timeout: 30_000 });
    await page.getByText('Remove', { exact: true }).click();
    await page.getByRole('button', { name: /^Remove it · 2 credits/ }).click();
    await page.getByRole('button', { name: 'Accept' }).click({ timeout: 30_000 });
    await page.waitForURL(/\/assets\/ast_/);
    await page.getByLabel(/^Compare Before with After/).waitFor();
    expect(await accessibilityFaults(page, 'asset-compare')).toEqual([]);
    await page.setViewportSize(desk);
  }, 120_000);

  it('a picture made from words is varied and enlarged', async () => {
    const { page } = browsing;
    const before = (await (await page.request.get('/api/v1/jobs')).json()).data.length;
    const token = await page.evaluate(() => document.cookie);
    expect(token).toContain('csrf');
    await page.goto('/');
    await page.getByLabel('Prompt', { exact: true }).fill('a quiet harbour');
    await page.getByRole('button', { name: /make 1 picture/i }).click();
    await expect
      .poll(async () => (await (await page.request.get('/api/v1/jobs?status=succeeded')).json()).data[0]?.operation, { timeout: 30_000 })
      .toBe('txt2img');
    const made = (await (await page.request.get('/api/v1/jobs?status=succeeded')).json()).data[0].outputs[0].assetId;
    await page.goto(`/assets/${made}`);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Make variations' }).click();
    await page.waitForURL((url) => url.pathname === '/');
    await expect.poll(async () => (await (await page.request.get('/api/v1/jobs')).json()).data[0].operation, { timeout: 10_000 }).toBe('img2img');
    await page.goto(`/assets/${made}`);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Upscale' }).click();
    await page.getByRole('button', { name: /^Upscale · / }).click();
    await expect.poll(async () => (await (await page.request.get('/api/v1/jobs')).json()).data[0].operation, { timeout: 10_000 }).toBe('upscale');
    expect((await (await page.request.get('/api/v1/jobs')).json()).data.length).toBe(before + 3);
  }, 120_000);

  it('a model is imported step by step, and a hostile file is refused with its reason', async () => {
    const { page } = browsing;
    await page.setViewportSize(desk);
    const name = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight';
    const good = join(scratch, 'ink.safetensors');
    writeFileSync(good, safetensors({ [name]: f32([1, 768], 0) }, 768 * 4));
    const hostile = join(scratch, 'surprise.safetensors');
    writeFileSync(hostile, pickle('\x80\x04', 'cposix\nsystem\n', '(S"id"\ntR.'));
    await page.goto('/models');
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
    await page.locator('input[type=file]').setInputFiles(good);
    await page.getByRole('rowheader', { name: /^ink/ }).waitFor({ timeout: 30_000 });
    await page.locator('input[type=file]').setInputFiles(hostile);
    await page.getByRole('alert').filter({ hasText: 'Refused:' }).waitFor({ timeout: 30_000 });
    expect(await page.getByRole('alert').filter({ hasText: 'Refused:' }).innerText()).toMatch(/posix|pickle/i);
    expect(await accessibilityFaults(page, 'models')).toEqual([]);
  }, 120_000);

  it('wrote no error to the console, and broke no rule of its own content policy', () => {
    expect(browsing.complaints.filter((line) => !/status of 401/.test(line))).toEqual([]);
  });
});
