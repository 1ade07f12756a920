import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { typeId } from '../../platform/ids/index.js';
import { SafeFetch } from '../../platform/safe-fetch/index.js';
import { askedPause, pauseSeconds } from './retry.js';
import { webhooksConfig, type WebhooksConfig } from './settings.js';
import { signedHeaders } from './signature.js';
import { silenceOf, verdictOf, type Verdict } from './verdict.js';
import { WebhookOutcomes } from './webhook-outcomes.service.js';
import { WebhookSecrets } from './webhook-secrets.service.js';
import type { TakenDelivery } from './webhook.js';

/** As much of an answer as the log shows. */
const ANSWER_BYTES = 2048;
const LOST_SECRET: Verdict = {
  delivered: false,
  gone: false,
  error: 'The secret of this endpoint was sealed by an installation with another ATELIER_SECRET_KEY. Rotate the secret, and give the new one to the receiver.',
};

interface Answer {
  verdict: Verdict;
  statusCode: number | null;
  response: string | null;
  askedSeconds: number | null;
}

/** One attempt: sign, send, record. A crash between sending and recording sends again, with the same `webhook-id`. */
@Injectable()
export class WebhookAttempts {
  constructor(
    @Inject(webhooksConfig.token) private readonly settings: WebhooksConfig,
    private readonly secrets: WebhookSecrets,
    private readonly fetcher: SafeFetch,
    private readonly outcomes: WebhookOutcomes,
    private readonly clock: Clock,
  ) {}

  async make(delivery: TakenDelivery, at: Date): Promise<void> {
    const began = performance.now();
    const { verdict, statusCode, response, askedSeconds } = await this.send(delivery, at);
    const attempt = { number: delivery.attempt, at, latencyMs: Math.round(performance.now() - began), statusCode, response, error: verdict.error };
    await this.outcomes.record(delivery, attempt, verdict, pauseSeconds(delivery.round, Math.random(), askedSeconds));
  }

  private async send(delivery: TakenDelivery, at: Date): Promise<Answer> {
    const secrets = this.secretsOf(delivery);
    if (secrets === null) return silent(LOST_SECRET);
    const message = { id: typeId('evt', delivery.messageId), body: delivery.body };
    try {
      const answer = await this.fetcher.fetch(delivery.url, {
        method: 'POST',
        headers: signedHeaders(secrets, message, at),
        body: delivery.body,
        maxBytes: ANSWER_BYTES,
        cut: true,
        timeoutMs: this.settings.timeoutMs,
      });
      return {
        verdict: verdictOf(answer.status, answer.headers['location']),
        statusCode: answer.status,
        response: printable(answer.body),
        askedSeconds: askedPause(answer.headers['retry-after'], this.clock.now()),
      };
    } catch (error) {
      return silent(silenceOf(error, this.settings.timeoutMs));
    }
  }

  private secretsOf({ endpointId, secretSealed, previousSealed }: TakenDelivery): string[] | null {
    const current = this.secrets.open(endpointId, secretSealed);
    if (current === null) return null;
    const previous = previousSealed && this.secrets.open(endpointId, previousSealed);
    return previous ? [current, previous] : [current];
  }
}

const silent = (verdict: Verdict): Answer => ({ verdict, statusCode: null, response: null, askedSeconds: null });

/** Somebody else's bytes as text that a database keeps and a page shows. */
const printable = (bytes: Buffer): string => bytes.toString('utf8').replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
