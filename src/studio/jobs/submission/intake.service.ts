import type { Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import { isDomainError } from '../../../platform/errors/index.js';
import { RateLimiter, type IdempotencyClaim } from '../../../platform/http/index.js';
import { Preparation } from './preparation.service.js';
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
      await this.limiter.take(ctx, 'generations');
      return await this.submissions.submit(ctx, ready, claim);
    } catch (error) {
      // What speaks against a new job (limits, credits, a picture that is gone by now) does not speak against the answer to an old one.
      const known = isDomainError(error) && error.code !== 'idempotency_key_reused' ? await this.submissions.replay(ctx, claim) : null;
      if (known) return known;
      throw error;
    }
  }
}
