import { Injectable } from '@nestjs/common';
import { quoteJson } from '../../../billing/pricing/index.js';
import { Tasks } from '../../../fleet/tasks/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { EstimateView } from '../jobs.dto.js';
import type { TaskPlan } from '../pipeline.port.js';
import { quoteView } from '../reading/job-view.js';
import { Preparation } from './preparation.service.js';

/** What a job would cost and when it would end, by the same checks and the same price list as the job itself. */
@Injectable()
export class Estimates {
  constructor(
    private readonly preparation: Preparation,
    private readonly tasks: Tasks,
  ) {}

  async of(ctx: Ctx, body: unknown): Promise<EstimateView> {
    const { quote, tasks } = await this.preparation.prepare(ctx, body);
    return { ...quoteView(quoteJson(quote)), ...(await this.end(tasks)) };
  }

  /** Wait for the first task, then all of them one after the other: boxes that share the work only make it sooner. */
  private async end(plans: readonly TaskPlan[]): Promise<Pick<EstimateView, 'etaSecondsP50' | 'etaSecondsP90'>> {
    const paces = plans.map((plan) => this.tasks.learned(plan.kind, plan.estimateUnits));
    const [first] = plans;
    const wait = await this.tasks.estimate({
      base: first!.base,
      gpuClasses: first!.gpuClasses,
      engine: first!.engine,
      kind: first!.kind,
      estimateMs: paces[0]!.expectedMs,
    });
    const sum = (pick: (pace: (typeof paces)[number]) => number): number => paces.reduce((total, pace) => total + pick(pace), 0) / 1000;
    return {
      etaSecondsP50: wait.waitSecondsP50 === null ? null : Math.ceil(wait.waitSecondsP50 + sum((pace) => pace.p50Ms)),
      etaSecondsP90: wait.waitSecondsP90 === null ? null : Math.ceil(wait.waitSecondsP90 + sum((pace) => pace.p90Ms)),
    };
  }
}
