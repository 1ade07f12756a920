import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '3000', ATELIER_LOCAL_SLOTS: '2' });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

const refusal = (status: number, code: string): object => ({ status, code });

describe('a box registers', () => {
  it('once, with a nonce that works once and a secret of its pool', async () => {
    const box = await FakeBox.launch(app);
    await expect(box.register({ bootstrapSecret: 'wrong-secret' })).rejects.toMatchObject(refusal(401, 'registration_refused'));
    await expect(box.register({ proof: { kind: 'local', nonce: 'wrong-nonce' } })).rejects.toMatchObject(refusal(401, 'registration_refused'));
    await expect(box.register({ instanceId: 'another-machine' })).rejects.toMatchObject(refusal(401, 'registration_refused'));
    await expect(box.register()).resolves.toMatchObject({ slots: 2, leaseTtlMs: 60_000 });
    await box.heartbeat();
    await expect(box.register()).rejects.toMatchObject(refusal(401, 'registration_refused'));
  });

  it('again when the answer was lost: as the same box with a fresh token, for a minute and until it has called', async () => {
    const box = await FakeBox.start(app);
    const [first, lost] = [box.boxId, box.token];
    expect(await box.register()).toMatchObject({ boxId: first });
    expect(box.token).not.toBe(lost);
    const second = box.token;
    box.token = lost;
    await expect(box.lease()).rejects.toMatchObject(refusal(401, 'box_unknown'));
    await app.db.sql(`UPDATE box SET nonce_expires_at = now() - interval '1 second' WHERE id = $1`, [parseId('box', first)]);
    await expect(box.register()).rejects.toMatchObject(refusal(401, 'registration_refused'));
    box.token = second;
    await expect(box.heartbeat()).resolves.toMatchObject({ drain: false });
  });

  it('and keeps a token that works although the answers that renewed it were lost', async () => {
    const box = await FakeBox.start(app);
    const id = parseId('box', box.boxId);
    await app.db.sql(`UPDATE box SET token_expires_at = now() + interval '7 minutes' WHERE id = $1`, [id]);
    const held = box.token;
    const lost: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { token } = await box.heartbeat();
      lost.push(token!);
      box.token = held;
    }
    box.token = lost[0]!;
    await expect(box.heartbeat()).rejects.toMatchObject(refusal(401, 'box_unknown'));
    box.token = held;
    const { token } = await box.heartbeat();
    await app.db.sql(`UPDATE box SET previous_token_until = now() - interval '1 second' WHERE id = $1`, [id]);
    box.token = token!;
    await expect(box.heartbeat()).resolves.not.toHaveProperty('token');
  });

  it('only with the proof its pool’s provider makes, and in its own class', async () => {
    const box = await FakeBox.launch(app);
    await expect(box.register({ proof: { kind: 'aws', document: '{}', signature: 'x' } })).rejects.toMatchObject(refusal(422, 'proof_unsupported'));
    await expect(box.register({ gpu: { class: 'A100', name: 'x', vramMb: 1, driver: null } })).rejects.toMatchObject(refusal(409, 'class_mismatch'));
  });

  it('and with the capacity of its pool: what an hour costs is not the box’s to say', async () => {
    const box = await FakeBox.launch(app);
    await expect(box.register({ capacity: 'spot' })).rejects.toMatchObject(refusal(409, 'capacity_mismatch'));
    await expect(box.register()).resolves.toMatchObject({ slots: 2 });
  });

  it('and its token is stored as a hash only', async () => {
    const box = await FakeBox.start(app);
    const dump = JSON.stringify(await app.db.sql(`SELECT box.*, encode(token_hash, 'escape') AS t FROM box`));
    expect(dump).not.toContain(box.token);
    expect(JSON.stringify(await app.db.sql('SELECT * FROM pool_secret'))).not.toContain(box.launched.bootstrapSecret);
  });
});
