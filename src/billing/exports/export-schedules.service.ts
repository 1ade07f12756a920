import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { Clock } from '../../platform/clock/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { periodOf } from '../usage/index.js';
import type { Schedule } from './export.js';
import type { ScheduleBody, ScheduleResponse, SchedulesResponse } from './exports.dto.js';
import { tooManySchedules } from './exports.errors.js';
import { ExportsRepository } from './exports.repository.js';

const SCHEDULES_MAX = 20;

@Injectable()
export class ExportSchedules {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ExportsRepository,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** From the end of the present day, week or month in the zone on. @throws 409 when there are many. */
  async create(ctx: Ctx, body: ScheduleBody): Promise<ScheduleResponse> {
    const timeZone = body.timeZone ?? (await this.tenants.get(ctx)).timeZone;
    const now = this.clock.now();
    const schedule: Schedule = {
      tenantId: ctx.tenantId,
      id: newId(),
      format: body.format,
      every: body.every,
      timeZone,
      withCost: ctx.permissions.has('cost:read'),
      createdBy: actorId(ctx),
      createdAt: now,
      nextAt: periodOf(body.every, now, timeZone).to,
    };
    return this.tx.run(ctx, async (em) => {
      if ((await this.repository.schedulesLocked(em, ctx.tenantId)) >= SCHEDULES_MAX) throw tooManySchedules(SCHEDULES_MAX);
      await this.repository.insertSchedule(em, schedule);
      const answer = toResponse(schedule);
      await this.audit.record(em, ctx, { action: 'export.scheduled', target: answer.id, after: { ...answer } });
      return answer;
    });
  }

  async list(ctx: Ctx): Promise<SchedulesResponse> {
    return { data: (await this.tx.run(ctx, (em) => this.repository.schedules(em))).map(toResponse) };
  }

  /** Files that it made stay. @throws 404. */
  delete(ctx: Ctx, id: string): Promise<void> {
    return this.tx.run(ctx, async (em) => {
      if (!(await this.repository.deleteSchedule(em, id))) throw notFound('sch');
      await this.audit.record(em, ctx, { action: 'export.unscheduled', target: typeId('sch', id) });
    });
  }

  /** Orders the file of the period that is over, once, and looks forward to the next. */
  due(tenantId: string, id: string): Promise<void> {
    return this.tx.run({ tenantId }, async (em) => {
      const schedule = await this.repository.findSchedule(em, id);
      if (!schedule || schedule.nextAt > this.clock.now()) return;
      const { format, timeZone, withCost, nextAt: to } = schedule;
      const from = periodOf(schedule.every, new Date(to.getTime() - 1), timeZone).from;
      await this.repository.insert(em, tenantId, newId(), { format, from, to, timeZone, withCost }, schedule.createdBy, id);
      await this.repository.moveSchedule(em, id, periodOf(schedule.every, to, timeZone).to);
    });
  }
}

const toResponse = (schedule: Schedule): ScheduleResponse => ({
  id: typeId('sch', schedule.id),
  format: schedule.format,
  every: schedule.every,
  timeZone: schedule.timeZone,
  createdAt: schedule.createdAt.toISOString(),
  nextAt: schedule.nextAt.toISOString(),
});
