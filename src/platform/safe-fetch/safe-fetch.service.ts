import { Inject, Injectable, Optional } from '@nestjs/common';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
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
  /** Bytes of the answer that are read; more is refused. */
  maxBytes: number;
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

  private async hop(url: URL, o: SafeRequest, signal: AbortSignal): Promise<SafeResponse> {
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
      const body = await this.read(answer.body, answer.headers['content-length'], o);
      return { status: answer.statusCode, headers: flat(answer.headers), body, url: url.href };
    } catch (error) {
      if (isDomainError(error)) throw error;
      throw fetchRefused(signal.aborted ? 'timeout' : 'unreachable', error);
    } finally {
      await agent.destroy().catch(() => undefined);
    }
  }

  private async read(stream: AsyncIterable<Buffer>, length: string | string[] | undefined, o: SafeRequest): Promise<Buffer> {
    if (o.method !== 'HEAD' && Number(length) > o.maxBytes) throw fetchRefused('too_large');
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > o.maxBytes) throw fetchRefused('too_large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
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
