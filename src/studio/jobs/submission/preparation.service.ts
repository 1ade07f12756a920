import { OPERATIONS, type Operation, type TaskKind, type Visibility } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Plans, type PlanView } from '../../../billing/plans/index.js';
import { Pricing, type Quote } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { isTypeId, parseId } from '../../../platform/ids/index.js';
import { Moderation } from '../../moderation/index.js';
import { SubmitJobDto } from '../jobs.dto.js';
import type { PreparedJob, TaskPlan } from '../pipeline.port.js';
import { Pipelines } from '../pipelines.service.js';
import { Faults, noteUnstorable, readDto } from './faults.js';

/** A request that nothing speaks against but money and the queue. */
export interface ReadyJob {
  operation: Operation;
  visibility: Visibility;
  teamId: string | null;
  job: PreparedJob;
  plan: PlanView;
  quote: Quote;
  tasks: TaskPlan[];
  /** Kinds of tasks that deliver; null: all. */
  results: readonly TaskKind[] | null;
}

/** Fields beside the parameters that every sugar path takes too. */
const OPTIONS = ['teamId', 'visibility'] as const;

/** Validates (all faults at once) → moderates → checks the plan → prices → plans. Writes nothing; asks the database only for pictures. */
@Injectable()
export class Preparation {
  constructor(
    private readonly pipelines: Pipelines,
    private readonly plans: Plans,
    private readonly pricing: Pricing,
    private readonly moderation: Moderation,
  ) {}

  /** `body` is that of `POST /jobs`, or of the sugar path of `sugar`. @throws DomainError 404, 422 `validation_failed`, `content_refused`, 403 `plan_required` */
  async prepare(ctx: Ctx, body: unknown, sugar?: Operation): Promise<ReadyJob> {
    const faults = Faults.none();
    noteUnstorable(body, faults);
    const request = readDto(SubmitJobDto, sugar === undefined ? body : asSubmission(sugar, body), faults);
    const teamId = team(ctx, request.teamId, faults);
    const inside = sugar === undefined ? faults.under('/parameters') : faults;
    const job = await this.resolve(ctx, request, inside);
    faults.throwIfAny();
    const prepared = job!;

    const plan = await this.plans.of(ctx);
    await this.moderation.check(
      ctx,
      prepared.prompts.map(({ pointer, text }) => ({ pointer: inside.at(pointer), text })),
    );
    const pipeline = this.pipelines.get(request.operation);
    const tasks = await Promise.all(pipeline.plan(prepared).map((task) => this.allowed(ctx, plan, task)));
    await this.checkPlan(ctx, request.operation, prepared, inside);
    const quote = this.pricing.quote(await this.pricing.current(), pipeline.price(prepared));
    const { operation, visibility = 'private' } = request;
    return { operation, visibility, teamId, job: prepared, plan, quote, tasks, results: pipeline.results };
  }

  /** @throws DomainError 403 `plan_required`; videos that were made already are counted when the job is written */
  private async checkPlan(ctx: Ctx, operation: Operation, job: PreparedJob, faults: Faults): Promise<void> {
    const worst = job.sides.reduce<PreparedJob['sides'][number] | null>((most, side) => (side.pixels > (most?.pixels ?? 0) ? side : most), null);
    if (worst) await this.plans.require(ctx, { limit: 'sideMax', pixels: worst.pixels, pointer: faults.at(worst.pointer) });
    if (operation === 'video') await this.plans.require(ctx, { limit: 'videosPerMonth', used: 0 });
  }

  /** What of a task's classes the plan includes. @throws DomainError 403 `plan_required` when it is none */
  private async allowed(ctx: Ctx, { limits }: PlanView, task: TaskPlan): Promise<TaskPlan> {
    await this.plans.require(ctx, { limit: 'gpuClasses', anyOf: task.gpuClasses });
    return { ...task, gpuClasses: task.gpuClasses.filter((name) => limits.gpuClasses.includes(name)) };
  }

  private async resolve(ctx: Ctx, request: SubmitJobDto, faults: Faults): Promise<PreparedJob | null> {
    if (!OPERATIONS.includes(request.operation) || typeof request.parameters !== 'object' || request.parameters === null) return null;
    const pipeline = this.pipelines.get(request.operation);
    return pipeline.resolve(ctx, readDto(pipeline.dto, request.parameters, faults), faults);
  }
}

/** The body of a sugar path in the general form. */
function asSubmission(operation: Operation, body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { operation, parameters: body ?? {} };
  const parameters: Record<string, unknown> = { ...body };
  const options = Object.fromEntries(OPTIONS.filter((name) => name in parameters).map((name) => [name, parameters[name]]));
  for (const name of OPTIONS) delete parameters[name];
  return { operation, parameters, ...options };
}

/** The team named in the body, else the caller's. A team one is not in does not exist. */
function team(ctx: Ctx, named: unknown, faults: Faults): string | null {
  if (named === undefined || named === null || faults.touch('/teamId')) return ctx.teamId ?? null;
  if (isTypeId('team', named) && parseId('team', named) === ctx.teamId) return ctx.teamId;
  faults.add('/teamId', { code: 'not_found', message: 'There is no such team, or you are not in it.', fix: 'Leave it out to use your own team.' });
  return null;
}
