import type { Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import { isDomainError } from '../../../platform/errors/index.js';
import type { IdempotencyClaim } from '../../../platform/http/index.js';
import { RateLimiter } from '../../../platform/limits/index.js';
import { Preparation, type ReadyJob } from './preparation.service.js';
import { Submissions, type Accepted } from './submission.service.js';

/** The way of a request into the house: prepared, counted against the plan's generations per hour, written. */
@Injectable()
export class Intake {
  constructor(
    private readonly preparation: Preparation,
    private readonly limiter: RateLimiter,
    private readonly submissions: Submissions,
  ) {}

  async take(ctx: Ctx, claim: IdempotencyClaim, body: unknown, operation?: Operation): Promise<Accepted> {
    try {
      const ready = await this.preparation.prepare(ctx, body, operation);
      return await this.submit(ctx, claim, ready);
    } catch (error) {
      // What speaks against a new job (limits, credits, a picture that is gone by now) does not speak against the answer to an old one.
      const known = isDomainError(error) && error.code !== 'idempotency_key_reused' ? await this.submissions.replay(ctx, claim) : null;
      if (known) return known;
      throw error;
    }
  }

  /** A generation counts once there is a job: not for one that is refused after all, nor for the answer to an earlier request. */
  private async submit(ctx: Ctx, claim: IdempotencyClaim, ready: ReadyJob): Promise<Accepted> {
    await this.limiter.take(ctx, 'generations');
    let accepted: Accepted | undefined;
    try {
      return (accepted = await this.submissions.submit(ctx, ready, claim));
    } finally {
      if (accepted?.replayed !== false) await this.limiter.giveBack(ctx, 'generations');
    }
  }
}
