import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMESPACE, SOCKET_EVENTS, SOCKET_PATH } from '../../src/realtime/index.js';
import { openSocket, openStream, type Stream } from '../realtime/client.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

const CANARY = 'canarywren';

/** Every event a socket takes, with what A sends to reach B's job. The suite fails when an event is missing here. */
const PROBES: Record<string, (jobId: string) => object> = {
  'subscribe:job': (jobId) => ({ jobId, lastEventId: 0 }),
  'unsubscribe:job': (jobId) => ({ jobId }),
};

describe('every door for live events', () => {
  let app: TestApp;
  let ada: Person;
  let bob: Person;
  let socket: Socket;
  let own: Stream;
  const heard: unknown[] = [];

  beforeAll(async () => {
    app = await startApp();
    ada = await app.register('Ada');
    bob = await app.register('Bob');
    socket = io(`${app.url}${NAMESPACE}`, { path: SOCKET_PATH, transports: ['websocket'], auth: { token: ada.token } });
    socket.onAny((...args) => heard.push(args));
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve());
      socket.once('connect_error', reject);
    });
    own = await openStream(`${app.url}/api/v1/events`, { authorization: `Bearer ${ada.token}` });
  });
  afterAll(async () => {
    own.close();
    socket.close();
    await app.close();
  });

  const jobOfBob = async (): Promise<string> =>
    (
      await app
        .api(bob.token)
        .post('/generate/txt2img')
        .send({ prompt: `a ${CANARY}`, width: 64, height: 64, steps: 1 })
        .expect(202)
    ).body.id as string;

  it('of socket.io has a probe for each event it takes', () => {
    expect(Object.keys(PROBES).toSorted()).toEqual([...SOCKET_EVENTS].toSorted());
  });
  it.each(SOCKET_EVENTS)('socket.io %s with the job of another tenant hears nothing of it', async (event) => {
    const jobId = await jobOfBob();
    const answer = (await socket.timeout(5000).emitWithAck(event, PROBES[event]!(jobId))) as { ok: boolean; error?: { code: string } };
    if (event === 'subscribe:job') expect(answer).toMatchObject({ ok: false, error: { code: 'not_found' } });
    await app.api(bob.token).delete(`/jobs/${jobId}`);
    await sleep(1500);
    expect(JSON.stringify([answer, heard])).not.toContain(CANARY);
    expect(JSON.stringify(heard.filter((args) => (args as unknown[])[0] !== 'error'))).not.toContain(jobId);
  });
  it('the plain WebSocket of another tenant’s job is refused with 404 before it opens', async () => {
    const jobId = await jobOfBob();
    await expect(openSocket(`${app.url}/ws/jobs/${jobId}`, { headers: { authorization: `Bearer ${ada.token}` } })).rejects.toMatchObject({ status: 404 });
  });
  it('the stream of one’s own jobs carries none of another tenant', async () => {
    const jobId = await jobOfBob();
    await app.api(bob.token).delete(`/jobs/${jobId}`);
    await sleep(1500);
    expect(own.status).toBe(200);
    expect(JSON.stringify(own.seen)).not.toContain(jobId);
    expect(JSON.stringify(own.seen)).not.toContain(CANARY);
  });
  it('sends nothing to a socket without a credential', async () => {
    const stranger = io(`${app.url}${NAMESPACE}`, { path: SOCKET_PATH, transports: ['websocket'], reconnection: false });
    const refusal = await new Promise<string>((resolve) => {
      stranger.once('connect_error', (error) => resolve(error.message));
      stranger.once('disconnect', (reason) => resolve(reason));
    });
    expect(refusal).not.toBe('');
    stranger.close();
  });
});
