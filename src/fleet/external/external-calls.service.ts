import { Inject, Injectable } from '@nestjs/common';
import { isDomainError } from '../../platform/errors/index.js';
import type { AttemptReport } from '../tasks/index.js';
import { ExternalEndings } from './external-endings.service.js';
import { ExternalRequests } from './external-requests.service.js';
import type * as repository from './external-calls.system.repository.js';
import { priceOf, type ExternalModel } from './external-model.js';
import { ExternalOutputs } from './external-outputs.service.js';
import { Predictions, type Prediction } from './predictions.service.js';
import { externalConfig, type ExternalConfig } from './settings.js';

const TERMINAL: readonly Prediction['status'][] = ['succeeded', 'failed', 'canceled'];

/** Follows a call from its row to its end. Every look may be the last of its process, and the next one goes on from the row. */
@Injectable()
export class ExternalCalls {
  constructor(
    private readonly requests: ExternalRequests,
    private readonly endings: ExternalEndings,
    private readonly outputs: ExternalOutputs,
    private readonly predictions: Predictions,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  get beatMs(): number {
    return this.endings.beatMs;
  }

  beat(): Promise<void> {
    return this.endings.beat();
  }

  /** One look at a claimed call. */
  async advance(call: repository.Call): Promise<void> {
    if (call.state === 'new') await this.requests.send(call);
    else if (call.state === 'sent') await this.requests.recover(call);
    else await this.follow(call);
  }

  private async follow(call: repository.Call): Promise<void> {
    const { pollMs } = this.config;
    const task = call.state === 'late' ? null : await this.endings.stateOf(call);
    const answer = await this.predictions.get(call.predictionId!);
    if (answer.kind === 'missing') return this.endings.end(call, failed('external_lost', 'The outside service does not know its prediction any more.'), 0n);
    if (answer.kind === 'ok' && TERMINAL.includes(answer.value.status)) return this.finish(call, answer.value);
    const isUnwanted = task?.state !== 'running' && task?.state !== 'leased';
    if ((isUnwanted || call.overdue) && !call.cancelAsked) {
      const asked = (await this.predictions.cancel(call.predictionId!)).kind === 'ok';
      await this.endings.note(call, { cancelAsked: asked });
    }
    if (call.state === 'late' || !call.overdue) return this.endings.note(call, { state: task ? undefined : 'late' }, pollMs);
    await this.endings.end(call, failed('timeout', 'The outside service did not answer in time.'), 0n, { stillOpen: true });
  }

  private async finish(call: repository.Call, prediction: Prediction): Promise<void> {
    const model = this.config.models.get(call.model);
    const price = model ? priceOf(model, { succeeded: prediction.status === 'succeeded', workSeconds: prediction.metrics?.predict_time ?? 0 }) : 0n;
    if (call.state === 'late') return this.endings.end(call, { kind: 'stopped' }, price);
    if (prediction.status === 'canceled') return this.endings.end(call, { kind: 'stopped' }, price);
    if (prediction.status === 'failed') return this.endings.end(call, failed('external_failed', 'The outside service failed at this task.'), price);
    await this.deliver(call, model, prediction, price);
  }

  private async deliver(call: repository.Call, model: ExternalModel | undefined, prediction: Prediction, price: bigint): Promise<void> {
    try {
      const output = await this.outputs.bring(call, model?.slot ?? 'image', prediction.output, call.model);
      if (!output) return await this.endings.end(call, failed('external_output', 'What the outside service delivered is no picture or film.'), price);
      const result = { outputs: [output], stepsDone: 1, stepsTotal: 1, simulated: false };
      await this.endings.end(call, { kind: 'done' }, price, { result });
    } catch (error) {
      if (!isDomainError(error)) throw error;
      // Fetched again until the deadline; an address that is refused will not become a better one.
      if (error.retryable && !call.overdue) return this.endings.note(call, {}, this.config.pollMs);
      await this.endings.end(call, failed('external_output', 'What the outside service delivered could not be fetched.'), price);
    }
  }
}

const failed = (code: string, message: string): AttemptReport => ({ kind: 'failed', error: { class: 'task', code, message } });
