import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SafeFetch, type Resolver } from './safe-fetch.service.js';

const limits = { maxBytes: 10_000, timeoutMs: 2_000 };
let server: Server;
let port: number;
let reached: { url: string; headers: IncomingMessage['headers'] }[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** Lets the names in `trusted` reach the local server; everything else is judged as in production. */
const fetcher = (trusted: string[], resolver: Resolver, allowHttp = true): SafeFetch =>
  new SafeFetch({ allowHttp, ports: new Set([80, 443, 8080, 8443, port]), trusted: new Set(trusted.map((name) => `${name}:${port}`)) }, resolver);
const toLocal: Resolver = () => Promise.resolve(['127.0.0.1']);
const refusal = (why: string) => ({ code: `fetch_${why}` });

beforeAll(async () => {
  server = createServer((request, response) => {
    reached.push({ url: request.url!, headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  reached = [];
  answer = (_request, response) => response.end('the secret');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('what is fetched', () => {
  it('an allowed address, by its name, without cookies', async () => {
    answer = (_request, response) => response.writeHead(200, { 'set-cookie': 'a=b', 'content-type': 'text/plain' }).end('hello');
    const got = await fetcher(['hooks.test'], toLocal).fetch(`http://hooks.test:${port}/a?b=c`, limits);
    expect(got).toMatchObject({ status: 200, url: `http://hooks.test:${port}/a?b=c`, headers: { 'content-type': 'text/plain' } });
    expect(got.body.toString()).toBe('hello');
    expect(got.headers).not.toHaveProperty('set-cookie');
    expect(reached[0]?.headers['host']).toBe(`hooks.test:${port}`);
  });
});

describe('what is not', () => {
  const spellings = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '0',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[fe80::1]',
    '[fd00::1]',
    '169.254.169.254',
    '100.64.0.1',
    '１２７.０.０.１',
  ];
  it.each(spellings)('%s, however it is spelled', async (host) => {
    await expect(fetcher([], toLocal).fetch(`http://${host}:${port}/`, limits)).rejects.toMatchObject(refusal('address'));
    expect(reached).toEqual([]);
  });
  it('a name of which one address is closed', async () => {
    const mixed: Resolver = () => Promise.resolve(['93.184.216.34', '10.0.0.7']);
    await expect(fetcher([], mixed).fetch(`http://mixed.test:${port}/`, limits)).rejects.toMatchObject(refusal('address'));
  });
  it('a name that changes its mind between check and connection', async () => {
    let asked = 0;
    const rebinding: Resolver = () => Promise.resolve([asked++ === 0 ? '192.0.66.1' : '127.0.0.1']);
    await expect(fetcher([], rebinding).fetch(`http://rebind.test:${port}/`, { ...limits, timeoutMs: 400 })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(asked).toBe(1);
    expect(reached).toEqual([]);
  });
  it('a redirect into the own network, however many hops away', async () => {
    answer = (_request, response) => response.writeHead(302, { location: `http://internal.test:${port}/secret` }).end();
    const resolver: Resolver = () => Promise.resolve(['127.0.0.1']);
    await expect(fetcher(['open.test'], resolver).fetch(`http://open.test:${port}/`, limits)).rejects.toMatchObject(refusal('address'));
    expect(reached.map((r) => r.url)).toEqual(['/']);
  });
  it('a redirect to another scheme', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    await expect(fetcher(['open.test'], toLocal).fetch(`http://open.test:${port}/`, limits)).rejects.toMatchObject(refusal('scheme'));
  });
  it.each([
    ['http://example.com/', 'scheme'],
    ['ftp://example.com/', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['https://user:pass@example.com/', 'credentials'],
    ['https://example.com:22/', 'port'],
    ['https://example.com:6379/', 'port'],
    ['//example.com', 'malformed'],
    ['', 'malformed'],
  ])('%s (%s)', async (address, why) => {
    await expect(fetcher([], toLocal, false).fetch(address, limits)).rejects.toMatchObject(refusal(why));
  });
  it('a name that nobody knows', async () => {
    await expect(fetcher([], () => Promise.reject(new Error('ENOTFOUND'))).fetch('https://nobody.test/', limits)).rejects.toMatchObject(refusal('unresolved'));
    await expect(fetcher([], () => Promise.resolve([])).fetch('https://nobody.test/', limits)).rejects.toMatchObject(refusal('unresolved'));
  });
});

describe('limits', () => {
  const local = (path = ''): Promise<unknown> => fetcher(['open.test'], toLocal).fetch(`http://open.test:${port}/${path}`, limits);

  it('three redirects are followed, a fourth is not', async () => {
    answer = (request, response) => {
      const left = Number(request.url!.slice(1));
      if (left > 0) response.writeHead(302, { location: `/${left - 1}` }).end();
      else response.end('done');
    };
    await expect(local('3')).resolves.toMatchObject({ status: 200 });
    await expect(local('4')).rejects.toMatchObject(refusal('redirects'));
  });
  it('a POST follows no redirect', async () => {
    answer = (_request, response) => response.writeHead(307, { location: '/else' }).end();
    const got = await fetcher(['open.test'], toLocal).fetch(`http://open.test:${port}/`, { ...limits, method: 'POST', body: '{}' });
    expect(got.status).toBe(307);
    expect(reached).toHaveLength(1);
  });
  it('credentials do not follow to another origin', async () => {
    answer = (request, response) => (request.url === '/' ? response.writeHead(302, { location: `http://other.test:${port}/x` }).end() : response.end());
    await fetcher(['open.test', 'other.test'], toLocal).fetch(`http://open.test:${port}/`, {
      ...limits,
      headers: { Authorization: 'Bearer t', 'x-kept': '1' },
    });
    expect(reached[0]?.headers).toHaveProperty('authorization');
    expect(reached[1]?.headers).not.toHaveProperty('authorization');
    expect(reached[1]?.headers).toHaveProperty('x-kept');
  });
  it('an answer that says it is too large, or is, is dropped', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-length': '10001' }).end(Buffer.alloc(10_001));
    await expect(local()).rejects.toMatchObject(refusal('too_large'));
    answer = (_request, response) => {
      response.write(Buffer.alloc(6000));
      response.end(Buffer.alloc(6000));
    };
    await expect(local()).rejects.toMatchObject(refusal('too_large'));
  });
  it('an answer that drips on for ever ends in time', async () => {
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('.'), 50);
      response.on('close', () => clearInterval(drip));
    };
    const began = Date.now();
    await expect(fetcher(['open.test'], toLocal).fetch(`http://open.test:${port}/`, { ...limits, timeoutMs: 400 })).rejects.toMatchObject(refusal('timeout'));
    expect(Date.now() - began).toBeLessThan(1500);
  });
  it('a server that hangs up is unreachable, not an error of ours', async () => {
    answer = (_request, response) => void response.socket?.destroy();
    await expect(local()).rejects.toMatchObject(refusal('unreachable'));
  });
});
