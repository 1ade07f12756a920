import { Inject, Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { Storage } from '../../platform/storage/index.js';
import { log } from '../../platform/telemetry/index.js';
import { EXTERNAL_BOX } from '../metering/index.js';
import { Attempts, type AttemptReport, type LeasedTaskRow } from '../tasks/index.js';
import { consents } from './external-engines.service.js';
import { ExternalEndings } from './external-endings.service.js';
import * as repository from './external-calls.system.repository.js';
import { fillInput } from './external-model.js';
import { Predictions, type Answer, type Prediction } from './predictions.service.js';
import { externalConfig, type ExternalConfig } from './settings.js';

/** Requests without an answer before the attempt is given up. */
const SENDS_MAX = 4;

const failed = (kind: 'input' | 'task', code: string, message: string): AttemptReport => ({ kind: 'failed', error: { class: kind, code, message } });

/** Brings a call to the service, once: what may have arrived is looked for before it is sent again. */
@Injectable()
export class ExternalRequests {
  private readonly log = log('fleet/external');

  constructor(
    private readonly system: SystemTx,
    private readonly attempts: Attempts,
    private readonly endings: ExternalEndings,
    private readonly predictions: Predictions,
    private readonly storage: Storage,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  async send(call: repository.Call): Promise<void> {
    const { task, mayLeave } = await this.system
      .run('external request', async (em) => ({
        task: (await this.attempts.held(em, EXTERNAL_BOX, [call]))[0],
        state: await this.attempts.lock(em, EXTERNAL_BOX, call.taskId, call.attempt),
        mayLeave: consents((await repository.findConsent(em, call.tenantId)) ?? { allowed: false, providers: [] }, this.config.service!.name),
      }))
      .then(({ task: held, state, ...rest }) => ({ ...rest, task: state?.state === 'stopping' ? undefined : held }));
    if (!task) return this.endings.end(call, { kind: 'stopped' }, 0n);
    const model = this.config.models.get(call.model);
    if (!mayLeave)
      return this.endings.end(
        call,
        failed('input', 'external_consent_missing', 'The tenant has not agreed that its content is sent to this outside service.'),
        0n,
      );
    if (!model) return this.endings.end(call, failed('task', 'external_model_gone', `The outside model ${call.model} is not set up any more.`), 0n);
    if (call.overdue) return this.endings.end(call, failed('task', 'timeout', 'The outside service took no request in time.'), 0n);
    const input = fillInput(model, task.parameters, await this.addresses(task));
    await this.endings.note(call, { state: 'sent', sent: true });
    await this.settle({ ...call, sends: call.sends + 1 }, await this.predictions.create(markerOf(call), model.version, input));
  }

  /** The request went out and its answer is not known: adopts what the service has of it, else sends again. */
  async recover(call: repository.Call): Promise<void> {
    const found = await this.predictions.findMarked(markerOf(call));
    if (found.kind === 'ok' && found.value) return this.adopt(call, found.value);
    if (call.overdue || (found.kind === 'ok' && call.sends >= SENDS_MAX))
      return this.endings.end(call, failed('task', 'external_unreachable', 'The outside service did not answer.'), 0n);
    await this.endings.note(call, { state: found.kind === 'ok' ? 'new' : undefined }, found.kind === 'ok' ? 0 : this.pauseMs(call));
  }

  private async settle(call: repository.Call, answer: Answer<Prediction>): Promise<void> {
    switch (answer.kind) {
      case 'ok':
        return this.adopt(call, answer.value);
      case 'unanswered':
        return this.endings.note(call, {}, this.pauseMs(call));
      case 'busy':
        return this.endings.note(call, { state: 'new' }, Math.max(answer.retryAfterMs, this.pauseMs(call)));
      case 'account':
        this.log.error(
          { status: answer.status, service: this.config.service!.name },
          'the outside service refuses our account: check EXTERNAL_TOKEN and its credit',
        );
        return this.endings.end(call, failed('task', 'external_account', 'The outside service refuses this installation at the moment.'), 0n);
      case 'missing':
        return this.endings.end(call, failed('task', 'external_model_gone', `The outside service does not have ${call.model}.`), 0n);
      case 'refused':
        return this.endings.end(call, failed('input', 'external_refused', `The outside service refused this request: ${answer.detail}`), 0n);
    }
  }

  private adopt(call: repository.Call, { id, status }: Prediction): Promise<void> {
    const isOver = status !== 'starting' && status !== 'processing';
    return this.endings.note(call, { state: 'open', predictionId: id }, isOver ? 0 : this.config.pollMs);
  }

  private async addresses(task: LeasedTaskRow): Promise<Map<string, string>> {
    const expiresSeconds = Math.ceil(this.config.timeoutMs / 1000) + 300;
    return new Map(await Promise.all(task.inputs.map(async ({ name, key }) => [name, await this.storage.signGet(key, { expiresSeconds })] as const)));
  }

  private pauseMs({ sends }: repository.Call): number {
    return Math.min(60_000, this.config.pollMs * 2 ** Math.min(sends, 10));
  }
}

/** Names the attempt in what the service keeps of its request. */
const markerOf = ({ taskId, attempt }: repository.Call): string => `${taskId}_${attempt}`;
