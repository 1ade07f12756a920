import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { Clock } from '../../platform/clock/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { formatCredits, listValueMicros } from '../plans/index.js';
import { Pricing, toPrices, toPricesDto } from '../pricing/index.js';
import { NOTHING_REPLAYED, type TenantChange } from './replay.js';
import type { Simulation } from './simulation.js';
import type { NewSimulationBody, ScheduleSimulationBody, SimulatedFigures, SimulatedTenant, SimulationPage, SimulationResponse } from './simulations.dto.js';
import { endsBeforeItBegins, notYetPast, scheduledAlready, stillRunning } from './simulations.errors.js';
import { SimulationsSystemRepository } from './simulations.system.repository.js';

/** What a draft of a price list would have brought over a past period, and the way from there to the list. */
@Injectable()
export class Simulations {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: SimulationsSystemRepository,
    private readonly pricing: Pricing,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  list({ limit, cursor }: PageQuery): Promise<SimulationPage> {
    return this.system.run('billing: list simulations', async (em) => {
      const found = await this.repository.list(em, limit + 1, cursor === undefined ? null : decodeCursor(cursor));
      const result = page(found, limit, (last) => encodeCursor(last.cursorAt, last.id));
      return { ...result, data: await this.views(em, result.data) };
    });
  }

  /** @throws 404. */
  get(id: string): Promise<SimulationResponse> {
    return this.system.run('billing: get simulation', async (em) => {
      const simulation = await this.repository.find(em, id);
      if (!simulation) throw notFound('price simulation');
      return this.view(em, simulation);
    });
  }

  /** @throws 422 for a period that is empty or not over. */
  create(ctx: Ctx, body: NewSimulationBody): Promise<SimulationResponse> {
    const [from, to] = [new Date(body.from), new Date(body.to)];
    if (from >= to) throw endsBeforeItBegins();
    if (to > this.clock.now()) throw notYetPast();
    const id = newId();
    return this.system.run('billing: new simulation', async (em) => {
      const made = await this.repository.insert(em, { id, from, to, note: body.note, draft: toPrices(body), replay: NOTHING_REPLAYED, by: actorId(ctx) });
      await this.audit.record(em, ctx, {
        action: 'price_simulation.created',
        target: typeId('sim', id),
        after: { from: body.from, to: body.to, note: body.note },
      });
      return this.view(em, made);
    });
  }

  /** Makes the draft the next price list; once. @throws 404, 409 while it runs or when it was scheduled, 422 `in_the_past`. */
  schedule(ctx: Ctx, id: string, { effectiveFrom }: ScheduleSimulationBody): Promise<SimulationResponse> {
    return this.system.run('billing: schedule simulation', async (em) => {
      const simulation = await this.repository.find(em, id, 'update');
      if (!simulation) throw notFound('price simulation');
      if (simulation.state !== 'done') throw stillRunning();
      if (simulation.scheduledVersion !== null) throw scheduledAlready(simulation.scheduledVersion);
      const { version } = await this.pricing.publish(ctx, {
        prices: simulation.draft,
        note: simulation.note,
        effectiveFrom: effectiveFrom === undefined ? null : new Date(effectiveFrom),
      });
      await this.repository.setScheduled(em, id, version);
      return this.view(em, { ...simulation, scheduledVersion: version });
    });
  }

  private async view(em: EntityManager, simulation: Simulation): Promise<SimulationResponse> {
    return (await this.views(em, [simulation]))[0]!;
  }

  private async views(em: EntityManager, simulations: readonly Simulation[]): Promise<SimulationResponse[]> {
    const shown = simulations.flatMap(({ replay }) => [...replay.winners, ...replay.losers].map(({ tenantId }) => tenantId));
    const names = await this.tenants.names(em, [...new Set(shown)]);
    return simulations.map((simulation) => toResponse(simulation, names));
  }
}

function toResponse(simulation: Simulation, names: ReadonlyMap<string, string>): SimulationResponse {
  const { replay, state, totalJobs } = simulation;
  const tenant = (change: TenantChange): SimulatedTenant => ({
    tenantId: typeId('tnt', change.tenantId),
    name: names.get(change.tenantId) ?? 'Former tenant',
    jobs: change.jobs,
    before: formatCredits(BigInt(change.beforeMilli)),
    after: formatCredits(BigInt(change.afterMilli)),
  });
  return {
    id: typeId('sim', simulation.id),
    state,
    progress: state === 'done' ? 1 : totalJobs === 0 ? 0 : Math.min(1, replay.jobs / totalJobs),
    from: simulation.from.toISOString(),
    to: simulation.to.toISOString(),
    note: simulation.note,
    jobs: replay.jobs,
    unpriced: replay.unpriced,
    before: figures(replay.beforeMilli, replay.costMicros),
    after: figures(replay.afterMilli, replay.costMicros),
    costMicros: replay.costMicros,
    winners: replay.winners.map(tenant),
    losers: replay.losers.map(tenant),
    ...toPricesDto(simulation.draft),
    scheduledVersion: simulation.scheduledVersion,
    createdAt: simulation.createdAt.toISOString(),
    finishedAt: simulation.finishedAt?.toISOString() ?? null,
  };
}

function figures(milli: string, costMicros: string): SimulatedFigures {
  const revenue = listValueMicros(BigInt(milli));
  return { credits: formatCredits(BigInt(milli)), revenueMicros: String(revenue), marginMicros: String(revenue - BigInt(costMicros)) };
}
