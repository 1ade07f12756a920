import Fastify, { type FastifyInstance } from 'fastify';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pagePolicy } from './security-headers.js';
import { byPublicName, serveWebApps } from './web-apps.js';

let root: string;
let server: FastifyInstance;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'web-'));
  for (const app of ['studio', 'admin']) {
    mkdirSync(join(root, app, 'assets'), { recursive: true });
    writeFileSync(join(root, app, 'index.html'), `<title>${app}</title>`);
    writeFileSync(join(root, app, 'theme.js'), `// ${app}`);
    writeFileSync(join(root, app, 'assets/app-1a2b.js'), `// ${app}`);
  }
  writeFileSync(join(root, 'secret.txt'), 'secret');
  server = Fastify();
  server.get('/api/v1/jobs', () => 'jobs');
  const apps = [
    { prefix: '/admin/', folder: join(root, 'admin') },
    { prefix: '/', folder: join(root, 'studio') },
    { prefix: '/gone/', folder: join(root, 'gone') },
  ];
  await serveWebApps(server, apps, pagePolicy('https://files.example'), 'http://localhost:80');
  await server.ready();
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

describe('web apps', () => {
  it.each([
    ['/', '<title>studio</title>'],
    ['/gallery/ast_1', '<title>studio</title>'],
    ['/gallery?tab=2', '<title>studio</title>'],
    ['/admin/', '<title>admin</title>'],
    ['/admin/usage/by-day', '<title>admin</title>'],
    ['/theme.js', '// studio'],
    ['/admin/theme.js', '// admin'],
    ['/api/v1/jobs', 'jobs'],
  ])('%s shows %s', async (url, text) => {
    const answer = await server.inject(url);
    expect([answer.statusCode, answer.body]).toEqual([200, text]);
  });
  it.each([
    '/api/v1/nowhere',
    '/api',
    '/files/x',
    '/health/nowhere',
    '/metrics/x',
    '/missing.png',
    '/assets/gone-1.js',
    '/admin/missing.css',
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/admin/..%2f..%2fsecret.txt',
    '/assets/../../secret.txt',
  ])('%s is not a page', async (url) => {
    const answer = await server.inject(url);
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toContain('secret\n');
    expect(answer.body).not.toBe('secret');
  });
  it('the administration has a slash at its end', async () => {
    const answer = await server.inject('/admin');
    expect([answer.statusCode, answer.headers.location]).toEqual([308, '/admin/']);
  });
  it('what has a digest in its name is kept for ever, everything else is asked for again', async () => {
    expect((await server.inject('/assets/app-1a2b.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const url of ['/', '/theme.js', '/gallery']) expect((await server.inject(url)).headers['cache-control']).toBe('no-cache');
  });
  it('pages may load from this house, and pictures from where signed addresses lead', async () => {
    const policy = (await server.inject('/')).headers['content-security-policy'];
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("img-src 'self' data: blob: https://files.example");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
  });
});

describe('a page asked for by another name of this machine', () => {
  const at = (host: string, publicUrl = 'http://localhost:3000'): string | null => byPublicName({ url: '/gallery?q=a', headers: { host } }, publicUrl);
  it('is sent to the name that pictures and cookies have', () => {
    expect(at('127.0.0.1:3000')).toBe('http://localhost:3000/gallery?q=a');
    expect(at('[::1]:3000')).toBe('http://localhost:3000/gallery?q=a');
  });
  it('is served where it is under the right name, and under names a proxy may have given', () => {
    expect(at('localhost:3000')).toBeNull();
    expect(at('studio.example')).toBeNull();
    expect(at('127.0.0.1:3000', 'https://studio.example')).toBeNull();
  });
});
