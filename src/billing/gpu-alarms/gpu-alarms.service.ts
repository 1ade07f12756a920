import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { invalid, isDomainError, notFound } from '../../platform/errors/index.js';
import { isTypeId, newId, parseId, typeId } from '../../platform/ids/index.js';
import { hoursOf, type GpuAlarm } from './gpu-alarm.js';
import type { GpuAlarmList, GpuAlarmResponse, NewGpuAlarmBody } from './gpu-alarms.dto.js';
import { subjectFault, tooManyAlarms } from './gpu-alarms.errors.js';
import { GpuAlarmsSystemRepository } from './gpu-alarms.system.repository.js';

const ALARMS_MAX = 100;
const PREFIX = { pool: 'pool', tenant: 'tnt' } as const;

/** What operators want to be told of the hours that GPUs work. */
@Injectable()
export class GpuAlarms {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: GpuAlarmsSystemRepository,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
  ) {}

  list(): Promise<GpuAlarmList> {
    return this.system.run('billing: list GPU alarms', async (em) => ({ data: (await this.repository.list(em)).map(toResponse) }));
  }

  /** Counts from the begin of the running period. @throws 422, 409 `too_many_gpu_alarms` */
  async create(ctx: Ctx, { hours, thresholds, ...body }: NewGpuAlarmBody): Promise<GpuAlarmResponse> {
    const subjectId = await this.subject(body);
    const id = newId();
    return this.system.run('billing: new GPU alarm', async (em) => {
      if ((await this.repository.countLocked(em)) >= ALARMS_MAX) throw tooManyAlarms(ALARMS_MAX);
      const alarm = {
        id,
        name: body.name,
        scope: body.scope,
        subjectId,
        period: body.period,
        limitHours: hours,
        thresholds: thresholds.toSorted((a, b) => a - b),
      };
      await this.repository.insert(em, alarm, actorId(ctx));
      await this.audit.record(em, ctx, { action: 'gpu_alarm.created', target: typeId('gal', id), after: { ...body, hours, thresholds } });
      return toResponse((await this.repository.list(em)).find((made) => made.id === id)!);
    });
  }

  /** Twice is 404. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.system.run('billing: delete GPU alarm', async (em) => {
      if (!(await this.repository.delete(em, id))) throw notFound('GPU alarm');
      await this.audit.record(em, ctx, { action: 'gpu_alarm.deleted', target: typeId('gal', id) });
    });
  }

  /** Pools are not known here: one that there is not counts nothing. */
  private async subject({ scope, subjectId }: Pick<NewGpuAlarmBody, 'scope' | 'subjectId'>): Promise<string | null> {
    if (scope === 'house' && subjectId === undefined) return null;
    if (scope === 'house' || !isTypeId(PREFIX[scope], subjectId)) throw invalid([subjectFault(scope)]);
    const id = parseId(PREFIX[scope], subjectId);
    if (scope === 'tenant')
      await this.tenants.get({ tenantId: id }).catch((error: unknown) => {
        throw isDomainError(error) && error.kind === 'not_found' ? invalid([subjectFault(scope)]) : error;
      });
    return id;
  }
}

const toResponse = (alarm: GpuAlarm): GpuAlarmResponse => ({
  id: typeId('gal', alarm.id),
  name: alarm.name,
  scope: alarm.scope,
  subjectId: alarm.scope === 'house' ? null : typeId(PREFIX[alarm.scope], alarm.subjectId!),
  period: alarm.period,
  hours: alarm.limitHours,
  thresholds: [...alarm.thresholds],
  worked: hoursOf(alarm.workedUs),
  told: [...alarm.told],
  startsAt: alarm.startsAt.toISOString(),
  endsAt: alarm.endsAt.toISOString(),
  createdAt: alarm.createdAt.toISOString(),
});
