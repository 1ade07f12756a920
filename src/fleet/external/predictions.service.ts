import { Inject, Injectable } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { externalConfig, type ExternalConfig } from './settings.js';

export interface Prediction {
  id: string;
  status: 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled';
  output?: unknown;
  error?: unknown;
  webhook?: string;
  metrics?: { predict_time?: number };
}
/** What the service made of a request. `unanswered`: nobody knows whether it took it. */
export type Answer<T> =
  | { kind: 'ok'; value: T }
  | { kind: 'unanswered' }
  | { kind: 'busy'; retryAfterMs: number }
  /** 401, 402, 403: our account, not the user's work. */
  | { kind: 'account'; status: number }
  | { kind: 'missing' }
  | { kind: 'refused'; detail: string };

const CALL_MS = 20_000;
const ANSWER_MAX = 1024 * 1024;
/** Of the list, where a prediction is looked for whose request got no answer. */
const PAGES_MAX = 5;
const STATES: readonly string[] = ['starting', 'processing', 'succeeded', 'failed', 'canceled'];

/** The outside service's interface of predictions: create, look, cancel, list. */
@Injectable()
export class Predictions {
  constructor(
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
  ) {}

  create(marker: string, version: string, input: object): Promise<Answer<Prediction>> {
    const body = { version, input, webhook: this.webhookOf(marker), webhook_events_filter: ['completed'] };
    return this.one('POST', '/v1/predictions', body);
  }

  get(id: string): Promise<Answer<Prediction>> {
    return this.one('GET', `/v1/predictions/${encodeURIComponent(id)}`);
  }

  cancel(id: string): Promise<Answer<Prediction>> {
    return this.one('POST', `/v1/predictions/${encodeURIComponent(id)}/cancel`);
  }

  /** The prediction that was made with this marker; its webhook address carries it. Null: the list has none. */
  async findMarked(marker: string): Promise<Answer<Prediction | null>> {
    const webhook = this.webhookOf(marker);
    let path: string | null = '/v1/predictions';
    for (let page = 0; path !== null && page < PAGES_MAX; page++) {
      const answer = await this.call('GET', path);
      if (answer.kind !== 'ok') return answer;
      const { results, next } = answer.value as { results?: unknown[]; next?: string | null };
      const found = (results ?? []).find((one) => isPrediction(one) && one.webhook === webhook);
      if (found) return { kind: 'ok', value: found as Prediction };
      path = this.pathOf(next);
    }
    return { kind: 'ok', value: null };
  }

  private webhookOf(marker: string): string {
    return `${this.core.publicUrl}/api/v1/webhooks/external?call=${marker}`;
  }

  /** Only pages of the service itself: the token goes nowhere else. */
  private pathOf(next: string | null | undefined): string | null {
    const base = this.config.service!.url;
    return next?.startsWith(`${base}/`) ? next.slice(base.length) : null;
  }

  private async one(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer<Prediction>> {
    const answer = await this.call(method, path, body);
    if (answer.kind !== 'ok') return answer;
    return isPrediction(answer.value) ? { kind: 'ok', value: answer.value } : { kind: 'unanswered' };
  }

  private async call(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer<unknown>> {
    const { url, token } = this.config.service!;
    try {
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...(body && { 'content-type': 'application/json' }) };
      const signal = AbortSignal.timeout(CALL_MS);
      const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body), redirect: 'error', signal });
      const text = await response.text();
      if (response.ok && text.length <= ANSWER_MAX) return { kind: 'ok', value: JSON.parse(text) };
      return refusal(response, text);
    } catch {
      return { kind: 'unanswered' };
    }
  }
}

function refusal(response: Response, text: string): Answer<never> {
  const { status } = response;
  if (status === 429) return { kind: 'busy', retryAfterMs: Math.min(60, Number(response.headers.get('retry-after')) || 0) * 1000 };
  if ([401, 402, 403].includes(status)) return { kind: 'account', status };
  if (status === 404) return { kind: 'missing' };
  if (status >= 400 && status < 500) return { kind: 'refused', detail: detailIn(text) };
  return { kind: 'unanswered' };
}

function detailIn(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail.slice(0, 300);
  } catch {
    // No JSON: nothing of it is passed on.
  }
  return 'no reason was given';
}

function isPrediction(value: unknown): value is Prediction {
  const { id, status } = (value ?? {}) as Partial<Prediction>;
  return typeof id === 'string' && id.length > 0 && id.length <= 200 && typeof status === 'string' && STATES.includes(status);
}
