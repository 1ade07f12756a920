import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlatformModule } from '../../src/platform.module.js';
import { TenantTx } from '../../src/platform/database/index.js';
import { createHttpApp } from '../../src/platform/http/index.js';
import { newId, typeId } from '../../src/platform/ids/index.js';
import { SafeFetch } from '../../src/platform/safe-fetch/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { limits, openProbeHouse, Ports, TENANT, type ProbeHouse } from './probe-house.js';
import { ask as askAt, member, ProbeController, type Answer, type Question } from './probe-room.js';

let house: ProbeHouse;
const ask = (path: string, question?: Question): Promise<Answer> => askAt(house.url + path, question);
const echo = (body: unknown): Promise<Answer> => ask('/api/v1/probe/echo', { caller: member, body });

beforeAll(async () => {
  house = await openProbeHouse([ProbeController], [], { ATELIER_MULTIPART_BYTES_MAX: '100000' });
});
beforeEach(() => {
  limits.apiPerMinute = null;
});
afterAll(() => house.close());

describe('every answer', () => {
  it('carries the caller’s request id when it is a sane one, else one of ours, in the problem too', async () => {
    const own = await ask('/api/v1/probe/me', { caller: member, headers: { 'x-request-id': 'trace-12345678' } });
    expect(own.headers.get('x-request-id')).toBe('trace-12345678');
    expect(own.body).toMatchObject({ tenantId: TENANT, requestId: 'trace-12345678', ip: '127.0.0.1' });
    const refused = await ask('/api/v1/probe/me', { headers: { 'x-request-id': '<script>' } });
    expect(refused.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(refused.body['requestId']).toBe(refused.headers.get('x-request-id'));
  });
  it.each(['/api/v1/probe/me', '/health/live', '/api/v1/nowhere', '/api/v1/probe/boom', '/files/t/x'])(
    '%s forbids sniffing, framing and storing',
    async (path) => {
      const { headers } = await ask(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('referrer-policy')).toBeTruthy();
      expect(headers.get('permissions-policy')).toContain('camera=()');
      expect(headers.get('cache-control')).toBe('no-store');
    },
  );
});

describe('problems', () => {
  it.each([
    ['an unknown path', '/api/v1/nowhere', {}, 404, 'route_not_found'],
    ['an unknown path of a page', '/nowhere.png', {}, 404, 'route_not_found'],
    ['an unknown method', '/api/v1/probe/me', { method: 'DELETE' }, 404, 'route_not_found'],
    ['nobody', '/api/v1/probe/me', {}, 401, 'unauthenticated'],
    ['a missing right', '/api/v1/probe/audit', { caller: member }, 403, 'permission_denied'],
    ['broken JSON', '/api/v1/probe/echo', { caller: member, raw: '{"text":', headers: { 'content-type': 'application/json' } }, 400, 'malformed_json'],
    [
      'a poisoned prototype',
      '/api/v1/probe/echo',
      { caller: member, raw: '{"__proto__":{"a":1}}', headers: { 'content-type': 'application/json' } },
      400,
      'malformed_json',
    ],
    [
      'an empty body that says it is JSON',
      '/api/v1/probe/echo',
      { caller: member, method: 'POST', headers: { 'content-type': 'application/json' } },
      400,
      'malformed_json',
    ],
    [
      'a body of another type',
      '/api/v1/probe/echo',
      { caller: member, raw: '<a/>', headers: { 'content-type': 'application/xml' } },
      415,
      'unsupported_media_type',
    ],
    ['a body of 2 MiB', '/api/v1/probe/echo', { caller: member, body: { text: 'x'.repeat(2 * 1024 * 1024) } }, 413, 'too_large'],
    [
      'a nest of brackets',
      '/api/v1/probe/echo',
      { caller: member, raw: `{"text":${'['.repeat(5000)}${']'.repeat(5000)}}`, headers: { 'content-type': 'application/json' } },
      422,
      'too_deep',
    ],
    [
      'a crowd of members',
      '/api/v1/probe/echo',
      { caller: member, body: Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`k${i}`, 1])) },
      400,
      'too_many_values',
    ],
    ['a fault of ours', '/api/v1/probe/boom', {}, 500, 'internal_error'],
  ] as const)('%s is answered as problem+json', async (_what, path, o, status, code) => {
    const answer = await ask(path, o);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      code,
      title: expect.any(String),
      detail: expect.any(String),
      type: expect.stringContaining('/api/docs#problem-'),
      instance: path,
      requestId: expect.any(String),
      retryable: expect.any(Boolean),
    });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });
  it('a missing right is named', async () => {
    expect((await ask('/api/v1/probe/audit', { caller: member })).body['detail']).toContain('audit:read');
  });
  it('all faults of a body come at once, with pointers', async () => {
    const { status, body } = await echo({ count: 9, extra: true });
    expect(status).toBe(422);
    expect(body['errors']).toEqual([
      { pointer: '/extra', code: 'unknown_field', message: 'extra is not a field here', fix: expect.any(String) },
      { pointer: '/text', code: 'required', message: 'text is required', fix: expect.any(String) },
      { pointer: '/count', code: 'max', message: 'count must not be greater than 5' },
    ]);
  });
  it.each(['job_x', 'ast_01h2xcejqtf2nbrexx3vqjhp41', newId(), '%00', '..%2f..'])('the id %s in a path is 404', async (id) => {
    expect((await ask(`/api/v1/probe/jobs/${id}`, { caller: member })).status).toBe(404);
  });
  it('a proper id arrives as its uuid', async () => {
    const id = newId();
    expect((await ask(`/api/v1/probe/jobs/${typeId('job', id)}`, { caller: member })).body).toEqual({ id });
  });
  it('a cookie without the CSRF token does not change anything', async () => {
    const cookie = `atelier_session=${encodeURIComponent(member)}; atelier_csrf=abc`;
    const send = (headers: Record<string, string>) => ask('/api/v1/probe/echo', { body: { text: 'x' }, headers: { cookie, ...headers } });
    expect((await send({})).body).toMatchObject({ status: 403, code: 'csrf_failed' });
    expect((await send({ origin: 'https://evil.example', 'x-csrf-token': 'abc' })).body).toMatchObject({ code: 'csrf_failed' });
    expect((await send({ origin: house.url, 'x-csrf-token': 'abc' })).status).toBe(202);
  });
});

describe('limits', () => {
  it('of a burst exactly as many pass as the plan allows, and the rest learn when to come back', async () => {
    limits.apiPerMinute = 5;
    const caller = `user ${TENANT} burst job:create`;
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('/api/v1/probe/me', { caller })));
    const passed = answers.filter((a) => a.status === 200);
    const refused = answers.filter((a) => a.status === 429);
    expect([passed.length, refused.length]).toEqual([5, 7]);
    expect(passed.map((a) => a.headers.get('ratelimit-policy'))).toEqual(Array(5).fill('"api";q=5;w=60'));
    expect(refused[0]!.headers.get('ratelimit')).toMatch(/^"api";r=0;t=\d+$/);
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused[0]!.body).toMatchObject({ code: 'rate_limited', retryable: true, limit: 5, 'violated-policies': ['api'] });
    expect((await ask('/api/v1/probe/free', { caller })).status).toBe(200);
    expect((await ask('/api/v1/probe/me', { caller: `user ${TENANT} calm job:create` })).status).toBe(200);
  });
  it('a service can take out of the hour', async () => {
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push((await ask('/api/v1/probe/generate', { caller: member, body: {} })).status);
    expect(answers).toEqual([201, 201, 429]);
  });
});

describe('a multipart upload', () => {
  const form = (bytes: number): FormData => {
    const data = new FormData();
    data.set('purpose', 'input');
    data.set('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'fox.png');
    return data;
  };
  it('arrives as a stream with its fields', async () => {
    expect((await ask('/api/v1/probe/upload', { caller: member, raw: form(50_000) })).body).toEqual({
      bytes: 50_000,
      filename: 'fox.png',
      contentType: 'image/png',
      fields: { purpose: 'input' },
    });
  });
  it('that is too large is 413', async () =>
    expect((await ask('/api/v1/probe/upload', { caller: member, raw: form(150_000) })).body).toMatchObject({ status: 413, code: 'too_large' }));
  it('that is none is 415', async () =>
    expect((await ask('/api/v1/probe/upload', { caller: member, body: {} })).body).toMatchObject({ status: 415, code: 'multipart_expected' }));
  it('without a file is 422', async () => {
    const empty = new FormData();
    empty.set('purpose', 'input');
    expect((await ask('/api/v1/probe/upload', { caller: member, raw: empty })).body).toMatchObject({ status: 422, code: 'file_required' });
  });
});

describe('the file door', () => {
  it('answers a bad address like every other refusal, and serves a good one', async () => {
    const storage = house.app.get(Storage);
    await storage.put('t/a/fox.txt', Buffer.from('fox'), { contentType: 'text/html' });
    expect((await ask('/files/t/a/fox.txt')).body).toMatchObject({ status: 403, code: 'address_invalid', requestId: expect.any(String) });
    const url = new URL(await storage.signGet('t/a/fox.txt', { expiresSeconds: 60 }));
    expect(url.origin).toBe(house.url);
    const served = await ask(url.pathname + url.search);
    expect([served.status, served.body['text'], served.headers.get('content-disposition')]).toEqual([200, 'fox', expect.stringContaining('attachment')]);
    expect(served.headers.get('content-security-policy')).toContain('sandbox');
    const head = await ask(url.pathname + url.search, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '3']);
    const fresh = await ask(url.pathname + url.search, { headers: { 'if-none-match': served.headers.get('etag')! } });
    expect(fresh.status).toBe(304);
  });
  it('is never used, nor is any foreign address fetched, while a transaction holds its locks; signing is arithmetic and may', async () => {
    const refusal = { code: 'transaction_open' };
    const storage = house.app.get(Storage);
    await house.app.get(TenantTx).run({ tenantId: TENANT }, async () => {
      await expect(storage.put('t/a/b', Buffer.from('x'), { contentType: 'text/plain' })).rejects.toMatchObject(refusal);
      await expect(storage.head('t/a/b')).rejects.toMatchObject(refusal);
      await expect(storage.delete(['t/a/b'])).rejects.toMatchObject(refusal);
      await expect(house.app.get(SafeFetch).fetch('https://example.com/', { maxBytes: 1, timeoutMs: 1 })).rejects.toMatchObject(refusal);
      expect(await storage.signGet('t/a/b', { expiresSeconds: 60 })).toContain('/files/t/a/b?');
    });
  });
  it('takes a signed PUT of any type and depth', async () => {
    const body = Buffer.from('['.repeat(500));
    const { url, headers } = await house.app.get(Storage).signPut('t/a/deep.json', {
      expiresSeconds: 60,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      contentType: 'application/json',
    });
    expect((await fetch(url, { method: 'PUT', headers, body })).status).toBe(200);
  });
});

describe('the house', () => {
  it('says when it is alive and ready, and counts', async () => {
    expect((await ask('/health/live')).body).toEqual({ status: 'ok' });
    expect((await ask('/health/ready')).body).toEqual({ status: 'ok' });
    const metrics = await ask('/metrics');
    expect(metrics.headers.get('content-type')).toContain('text/plain');
    expect(metrics.body['text']).toContain('atelier_http_request_seconds_count{method="GET",route="/health/live",status="200"}');
  });
  it('does not open with a door that nobody decided about', async () => {
    @Controller('open')
    class OpenController {
      @Get('door')
      door(): object {
        return {};
      }
    }
    @Module({ controllers: [OpenController] })
    class OpenModule {}
    const app = await createHttpApp({ module: class Careless {}, imports: [await PlatformModule.assemble(house.db.urls), Ports, OpenModule] });
    await expect(app.init()).rejects.toThrow('GET /open/door (OpenController.door)');
    await app.close();
  });
  it('cuts off a client that never finishes its headers', async () => {
    const socket = connect(Number(new URL(house.url).port), '127.0.0.1');
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n');
    const began = Date.now();
    const ended = await new Promise<boolean>((resolve) => {
      socket.on('close', () => resolve(true));
      socket.on('error', () => undefined);
      socket.on('data', () => undefined);
      setTimeout(() => resolve(false), 25_000).unref();
    });
    expect(ended).toBe(true);
    expect(Date.now() - began).toBeGreaterThan(5_000);
  });
});
