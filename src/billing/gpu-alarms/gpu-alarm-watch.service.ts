import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Users } from '../../accounts/users/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Mail } from '../../platform/mail/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { hoursOf, type GpuAlarmNews } from './gpu-alarm.js';
import { GpuAlarmsSystemRepository } from './gpu-alarms.system.repository.js';

/** Operators hear within ten seconds of the attempt that passed a threshold. */
const SWEEP_MS = 5_000;

/** The note of a threshold and the mails about it are one transaction, and the note's key makes them happen once. */
@Injectable()
export class GpuAlarmWatch implements OnModuleInit {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: GpuAlarmsSystemRepository,
    private readonly users: Users,
    private readonly mail: Mail,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('billing/gpu-alarms: hours', SWEEP_MS, () => this.raise());
  }

  raise(): Promise<void> {
    return this.system.run('billing: GPU hours', async (em) => {
      const raised = await this.repository.raise(em);
      if (raised.length === 0) return;
      const operators = await this.users.operators(em);
      for (const news of raised) for (const { email, tenantId } of operators) await this.mail.send(em, { tenantId, to: email, ...mailOf(news) });
    });
  }
}

const mailOf = ({ name, threshold, limitHours, workedUs, endsAt }: GpuAlarmNews): { subject: string; text: string } => ({
  subject: `GPU hours: “${name}” is at ${threshold} %`,
  text:
    `GPUs have loaded and worked ${hoursOf(workedUs)} of ${limitHours} hours in the period that ends on ${endsAt.toISOString().slice(0, 16).replace('T', ' ')} UTC.\n\n` +
    `Nothing is stopped. To bound what may run, set the largest number of boxes or the cost cap of the pool, or the plan of the tenant.\n`,
});
