import { OPERATIONS, PARAMETER_LIMITS, type GpuClass, type Operation, type TaskKind, type Visibility } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Plans, type PlanView } from '../../../billing/plans/index.js';
import { Pricing, type Quote } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { isTypeId, parseId } from '../../../platform/ids/index.js';
import { Moderation } from '../../moderation/index.js';
import { gpuClassRequired, planRequired, videosRequired } from '../jobs.errors.js';
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
  /** For a video under a limit: the smallest plan with more of them a month. */
  moreVideos: string | null;
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
    const tasks = pipeline.plan(prepared).map((task) => ({ ...task, gpuClasses: allowedClasses(plan, task.gpuClasses) }));
    await this.checkSides(ctx, plan, prepared, inside);
    const moreVideos = await this.checkVideos(ctx, plan, request.operation);
    const quote = this.pricing.quote(await this.pricing.current(), pipeline.price(prepared));
    const { operation, visibility = 'private' } = request;
    return { operation, visibility, teamId, job: prepared, plan, quote, tasks, results: pipeline.results, moreVideos };
  }

  /** @throws DomainError 403 `plan_required`, naming the smallest plan that allows the size */
  private async checkSides(ctx: Ctx, plan: PlanView, job: PreparedJob, faults: Faults): Promise<void> {
    const allowed = plan.limits.sideMax ?? PARAMETER_LIMITS.sideMax;
    const worst = job.sides.reduce<PreparedJob['sides'][number] | null>((most, side) => (side.pixels > (most?.pixels ?? allowed) ? side : most), null);
    if (!worst) return;
    const planThatAllows = await this.plans.smallestWith(ctx, ({ sideMax }) => (sideMax ?? PARAMETER_LIMITS.sideMax) >= worst.pixels);
    throw planRequired({ pointer: faults.at(worst.pointer), pixels: worst.pixels, allowed, plan: plan.name, planThatAllows });
  }

  /** The smallest plan with more videos a month, for whoever has used theirs up. @throws DomainError 403 `plan_required` on a plan without videos */
  private async checkVideos(ctx: Ctx, plan: PlanView, operation: Operation): Promise<string | null> {
    const allowed = plan.limits.videosPerMonth;
    if (operation !== 'video' || allowed === null) return null;
    const more = await this.plans.smallestWith(ctx, ({ videosPerMonth }) => videosPerMonth === null || videosPerMonth > allowed);
    if (allowed === 0) throw videosRequired(plan.name, more);
    return more;
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

function allowedClasses(plan: PlanView, classes: readonly GpuClass[]): GpuClass[] {
  const allowed = classes.filter((name) => plan.limits.gpuClasses.includes(name));
  if (allowed.length === 0) throw gpuClassRequired(plan.name, classes);
  return allowed;
}
