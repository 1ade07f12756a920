/**
 * The five calls of the fleet protocol. What a retry can cure is retried with backoff for as long as the caller's signal allows:
 * no answer, 5xx, 408, 425, 429. What it cannot comes back as FleetRefusal. Requests are idempotent by their own ids, so a
 * retry after a lost answer is safe.
 */
import type {
  CompleteRequest,
  CompleteResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  LeaseRequest,
  LeaseResponse,
  RegisterRequest,
  RegisterResponse,
  ReleaseRequest,
  ReleaseResponse,
} from '@atelier/contracts';
import { sleep, waitMs, type Backoff } from './backoff.js';
import type { Log } from './log.js';

const CALL_TIMEOUT_MS = 15_000;
/** A long poll is given up this long after the server should have ended it. */
const LONG_POLL_SLACK_MS = 10_000;
const BACKOFF: Backoff = { firstMs: 250, mostMs: 5_000 };

/** The server understood and said no. */
export class FleetRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }

  /** The box token is unknown, expired or revoked, or the proof was used before. */
  get isUnknownBox(): boolean {
    return this.status === 401;
  }

  /** The attempt is no longer ours. */
  get isSuperseded(): boolean {
    return this.status === 409;
  }
}

interface Call {
  timeoutMs?: number;
  /** Ends waiting, and rejects with its reason. */
  signal?: AbortSignal;
  /** False: one try only. */
  retry?: boolean;
}

export class FleetClient {
  private token: string | null = null;
  private unreachableSince: number | null = null;

  constructor(
    private readonly url: string,
    private readonly log: Log,
    private readonly backoff: Backoff = BACKOFF,
  ) {}

  useToken(token: string): void {
    this.token = token;
  }

  /** Milliseconds since the server last answered; 0 while it answers. */
  get unreachableMs(): number {
    return this.unreachableSince === null ? 0 : performance.now() - this.unreachableSince;
  }

  register(body: RegisterRequest, call?: Call): Promise<RegisterResponse> {
    return this.post('register', body, call);
  }

  lease(body: LeaseRequest, longPollMs: number, call?: Call): Promise<LeaseResponse> {
    return this.post('lease', body, { timeoutMs: longPollMs + LONG_POLL_SLACK_MS, ...call });
  }

  heartbeat(body: HeartbeatRequest, call?: Call): Promise<HeartbeatResponse> {
    return this.post('heartbeat', body, call);
  }

  complete(body: CompleteRequest, call?: Call): Promise<CompleteResponse> {
    return this.post('complete', body, call);
  }

  release(body: ReleaseRequest, call?: Call): Promise<ReleaseResponse> {
    return this.post('release', body, call);
  }

  private async post<T>(name: string, body: unknown, call: Call = {}): Promise<T> {
    for (let tries = 1; ; tries++) {
      call.signal?.throwIfAborted();
      const answer = await this.tryOnce<T>(name, body, call);
      call.signal?.throwIfAborted();
      if ('value' in answer) return answer.value;
      if (answer.refusal) throw answer.refusal;
      if (call.retry === false) throw new Error(`${name}: ${answer.reason}`);
      const pauseMs = waitMs(this.backoff, tries, answer.retryAfterMs);
      this.log.warn('no answer from the server, trying again', { call: name, reason: answer.reason, tries, pauseMs: Math.round(pauseMs) });
      await sleep(pauseMs, call.signal);
    }
  }

  private async tryOnce<T>(name: string, body: unknown, call: Call): Promise<{ value: T } | { refusal?: FleetRefusal; reason: string; retryAfterMs: number }> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? CALL_TIMEOUT_MS);
    try {
      const response = await fetch(`${this.url}/api/v1/agent/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: call.signal ? AbortSignal.any([timeout, call.signal]) : timeout,
      });
      const text = await response.text();
      if (response.ok) {
        this.unreachableSince = null;
        return { value: JSON.parse(text) as T };
      }
      return this.refused(response, text);
    } catch (error) {
      if (!call.signal?.aborted) this.unreachableSince ??= performance.now();
      return { reason: reasonOf(error), retryAfterMs: 0 };
    }
  }

  private refused(response: Response, text: string): { refusal?: FleetRefusal; reason: string; retryAfterMs: number } {
    const { status } = response;
    const reason = `HTTP ${status}`;
    if (status >= 500 || [408, 425, 429].includes(status)) {
      this.unreachableSince ??= performance.now();
      return { reason, retryAfterMs: (Number(response.headers.get('retry-after')) || 0) * 1000 };
    }
    this.unreachableSince = null;
    const { code, detail, title } = problemOf(text);
    return { refusal: new FleetRefusal(status, code ?? 'refused', detail ?? title ?? reason), reason, retryAfterMs: 0 };
  }
}

function problemOf(text: string): { code?: string; detail?: string; title?: string } {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function reasonOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
