import { Inject, Injectable, Optional } from '@nestjs/common';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { assertNoTransaction } from '../database/index.js';
import { isDomainError } from '../errors/index.js';
import { isPublicAddress, literalOf } from './address.js';
import { fetchRefused } from './safe-fetch.errors.js';
import { safeFetchConfig, type SafeFetchConfig } from './settings.js';

/** Asks the names of the internet; replaced in tests. Gives every address of a name. */
export type Resolver = (hostname: string) => Promise<string[]>;
export const RESOLVER = Symbol('resolver');

const systemResolver: Resolver = async (hostname) => (await lookup(hostname, { all: true, verbatim: true })).map((found) => found.address);

export interface SafeRequest {
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Bytes of the answer that are read; more is refused, or left unread with `cut`. */
  maxBytes: number;
  cut?: boolean;
  /** For everything together: names, connections, redirects, the answer. */
  timeoutMs: number;
}
export interface SafeResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** The address that answered, after redirects. */
  url: string;
}

const MAX_HOPS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What must not follow a redirect to another origin. */
const OWN_ORIGIN_ONLY = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The only door to addresses that a user gave. No cookies, no proxies, no environment: each hop is checked and its checked address dialled. */
@Injectable()
export class SafeFetch {
  private readonly resolve: Resolver;

  constructor(
    @Inject(safeFetchConfig.token) private readonly settings: SafeFetchConfig,
    @Optional() @Inject(RESOLVER) resolver?: Resolver,
  ) {
    this.resolve = resolver ?? systemResolver;
  }

  /**
   * Fetches `address`. GET and HEAD follow up to three redirects, each checked anew; a POST follows none and gives the redirect back.
   * @throws DomainError `fetch_…` (422 for the address, 503 for its server)
   */
  async fetch(address: string, o: SafeRequest): Promise<SafeResponse> {
    assertNoTransaction('SafeFetch');
    const signal = AbortSignal.timeout(o.timeoutMs);
    let url = this.parse(address);
    let headers = o.headers ?? {};
    for (let hop = 0; ; hop++) {
      const answer = await this.hop(url, { ...o, headers }, signal);
      const location = answer.headers['location'];
      if (!REDIRECTS.has(answer.status) || location === undefined || o.method === 'POST') return answer;
      if (hop === MAX_HOPS) throw fetchRefused('redirects');
      const next = this.parse(location, url);
      if (next.origin !== url.origin) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_ORIGIN_ONLY.has(name.toLowerCase())));
      url = next;
    }
  }

  /**
   * The same for what is too large for memory: `use` reads the body as it comes; more than `maxBytes` breaks off with `fetch_too_large`. Only GET.
   * @throws DomainError `fetch_…`, and whatever `use` throws
   */
  async stream(
    address: string,
    o: Pick<SafeRequest, 'headers' | 'maxBytes' | 'timeoutMs'>,
    use: (answer: Omit<SafeResponse, 'body'>, body: Readable) => Promise<void>,
  ): Promise<void> {
    assertNoTransaction('SafeFetch');
    const signal = AbortSignal.timeout(o.timeoutMs);
    let url = this.parse(address);
    let headers = o.headers ?? {};
    for (let hop = 0; ; hop++) {
      const next = await this.open(url, { ...o, headers, method: 'GET' }, signal, async (answer, body) => {
        const location = answer.headers['location'];
        if (REDIRECTS.has(answer.status) && location !== undefined) return this.parse(location, url);
        if (Number(answer.headers['content-length']) > o.maxBytes) throw fetchRefused('too_large');
        await use({ ...answer, url: url.href }, Readable.from(bounded(body, o.maxBytes)));
        return null;
      });
      if (next === null) return;
      if (hop === MAX_HOPS) throw fetchRefused('redirects');
      if (next.origin !== url.origin) headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_ORIGIN_ONLY.has(name.toLowerCase())));
      url = next;
    }
  }

  /** Checks all that can be checked without asking anybody; for refusing a bad address while it is being saved. */
  parse(address: string, base?: URL): URL {
    if (!URL.canParse(address, base?.href)) throw fetchRefused('malformed');
    const url = new URL(address, base);
    if (url.protocol !== 'https:' && !(this.settings.allowHttp && url.protocol === 'http:')) throw fetchRefused('scheme');
    if (url.username || url.password) throw fetchRefused('credentials');
    if (!this.isTrusted(url) && !this.settings.ports.has(portOf(url))) throw fetchRefused('port');
    const literal = literalOf(url.hostname);
    if (literal && !this.isTrusted(url) && !isPublicAddress(literal)) throw fetchRefused('address');
    return url;
  }

  private isTrusted(url: URL): boolean {
    return this.settings.trusted.has(`${url.hostname}:${portOf(url)}`);
  }

  /** The address to dial. A name is refused when any of its addresses is closed: which one a later lookup would give is not ours to choose. */
  private async pin(url: URL): Promise<string> {
    const literal = literalOf(url.hostname);
    const addresses = literal ? [literal] : await this.resolve(url.hostname).catch((cause: unknown) => Promise.reject(fetchRefused('unresolved', cause)));
    if (addresses.length === 0) throw fetchRefused('unresolved');
    if (!this.isTrusted(url) && !addresses.every(isPublicAddress)) throw fetchRefused('address');
    return addresses[0]!;
  }

  private hop(url: URL, o: SafeRequest, signal: AbortSignal): Promise<SafeResponse> {
    return this.open(url, o, signal, async ({ status, headers }, body) => ({
      status,
      headers,
      body: await this.read(body, headers['content-length'], o),
      url: url.href,
    }));
  }

  /** One request to an address that was checked; `read` has the answer while the connection is open. */
  private async open<T>(
    url: URL,
    o: SafeRequest,
    signal: AbortSignal,
    read: (answer: { status: number; headers: Record<string, string> }, body: AsyncIterable<Buffer>) => Promise<T>,
  ): Promise<T> {
    const address = await untilAborted(this.pin(url), signal);
    const family = isIP(address) === 6 ? 6 : 4;
    // The connection goes to the address that was checked, whatever the name says by now.
    const agent = new Agent({
      connect: {
        lookup: (_name, options, done) => (options.all ? done(null, [{ address, family }]) : done(null, address, family)),
      },
    });
    try {
      const answer = await request(url, {
        method: o.method ?? 'GET',
        headers: { 'accept-encoding': 'identity', 'user-agent': 'Atelier', ...o.headers },
        body: o.body,
        dispatcher: agent,
        signal,
      });
      return await read({ status: answer.statusCode, headers: flat(answer.headers) }, answer.body).catch((error: unknown) => {
        throw signal.aborted || isLost(error) ? error : new Ours(error);
      });
    } catch (error) {
      if (error instanceof Ours) throw error.cause;
      if (isDomainError(error)) throw error;
      throw fetchRefused(signal.aborted ? 'timeout' : 'unreachable', error);
    } finally {
      await agent.destroy().catch(() => undefined);
    }
  }

  private async read(stream: AsyncIterable<Buffer>, length: string | undefined, o: SafeRequest): Promise<Buffer> {
    if (o.method !== 'HEAD' && !o.cut && Number(length) > o.maxBytes) throw fetchRefused('too_large');
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= o.maxBytes) continue;
      if (!o.cut) throw fetchRefused('too_large');
      break;
    }
    return Buffer.concat(chunks).subarray(0, o.maxBytes);
  }
}

/** What whoever read the answer threw, as against what the connection did. */
class Ours extends Error {
  constructor(override readonly cause: unknown) {
    super();
  }
}
/** The connection broke off (undici's codes, and Node's). */
const isLost = (error: unknown): boolean => /^(UND_ERR|ECONN|EPIPE|ETIMEDOUT)/.test(String((error as { code?: unknown }).code));

async function* bounded(body: AsyncIterable<Buffer>, maxBytes: number): AsyncIterable<Buffer> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw fetchRefused('too_large');
    yield chunk;
  }
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

const flat = (headers: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === 'set-cookie' ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw fetchRefused('timeout', signal.reason);
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(fetchRefused('timeout', signal.reason));
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop!));
}
