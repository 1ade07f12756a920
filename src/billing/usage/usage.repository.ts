import type { CapacityType, GpuClass } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Attempt, AttemptOutcome, AttemptUsage } from './attempt.js';

interface AttemptRow {
  job_id: string;
  task_id: string;
  attempt: number;
  box_id: string;
  pool_id: string;
  line: 'gpu' | 'cpu' | 'external';
  gpu_class: GpuClass;
  capacity: CapacityType;
  outcome: AttemptOutcome;
  load_ms: string;
  work_ms: string;
  wasted_ms: string;
  share_ppm: number;
  occupied_us: string;
  rate_version: number | null;
  rate_micros_per_hour: string;
  cost_micros: string;
  absorbed_micros: string;
  started_at: Date;
  ended_at: Date;
}

const COLUMNS = `job_id, task_id, attempt, box_id, pool_id, line, gpu_class, capacity, outcome, load_ms, work_ms, wasted_ms, share_ppm, occupied_us, rate_version,
  rate_micros_per_hour, cost_micros, absorbed_micros, started_at, ended_at`;

@Injectable()
export class UsageRepository {
  /** Once per (task, attempt); the dimensions come from the job's hold. */
  async insert(em: EntityManager, attempts: readonly (Attempt & AttemptUsage)[]): Promise<void> {
    const column = (read: (attempt: Attempt & AttemptUsage) => unknown): unknown[] => attempts.map(read);
    await rows(
      em,
      `INSERT INTO usage_attempt (tenant_id, ${COLUMNS}, operation, model, team_id, user_id, key_id)
       SELECT a.*, coalesce(h.operation, 'unknown'), h.model, h.team_id, h.user_id, h.key_id
       FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
         $14::int[], $15::bigint[], $16::int[], $17::bigint[], $18::bigint[], $19::bigint[], $20::timestamptz[], $21::timestamptz[]) AS a(tenant_id, ${COLUMNS})
       LEFT JOIN hold h ON h.tenant_id = a.tenant_id AND h.job_id = a.job_id ON CONFLICT (tenant_id, task_id, attempt) DO NOTHING`,
      [
        column((a) => a.tenantId),
        column((a) => a.jobId),
        column((a) => a.taskId),
        column((a) => a.attempt),
        column((a) => a.boxId),
        column((a) => a.poolId),
        column((a) => a.line),
        column((a) => a.gpuClass),
        column((a) => a.capacity),
        column((a) => a.outcome),
        column((a) => a.loadMs),
        column((a) => a.workMs),
        column((a) => a.wastedMs),
        column((a) => a.sharePpm),
        column((a) => a.occupiedUs),
        column((a) => a.rateVersion),
        column((a) => String(a.usdMicrosPerHour)),
        column((a) => String(a.costMicros)),
        column((a) => String(a.absorbedMicros)),
        column((a) => a.startedAt),
        column((a) => a.endedAt),
      ],
    );
  }

  async addAbsorbed(em: EntityManager, tenantId: string, taskId: string, attempt: number, micros: bigint): Promise<void> {
    await rows(em, 'UPDATE usage_attempt SET absorbed_micros = absorbed_micros + $4 WHERE tenant_id = $1 AND task_id = $2 AND attempt = $3', [
      tenantId,
      taskId,
      attempt,
      micros,
    ]);
  }

  /** Of the tenant whose transaction it is (row level security names it), in the order in which they ended. */
  async ofJobs(em: EntityManager, jobIds: readonly string[]): Promise<Map<string, AttemptUsage[]>> {
    const found = await rows<AttemptRow>(em, `SELECT ${COLUMNS} FROM usage_attempt WHERE job_id = ANY ($1) ORDER BY ended_at, task_id, attempt`, [jobIds]);
    const byJob = new Map<string, AttemptUsage[]>();
    for (const row of found) byJob.set(row.job_id, [...(byJob.get(row.job_id) ?? []), toUsage(row)]);
    return byJob;
  }
}

const toUsage = (row: AttemptRow): AttemptUsage => ({
  taskId: row.task_id,
  attempt: row.attempt,
  boxId: row.box_id,
  poolId: row.pool_id,
  line: row.line,
  gpuClass: row.gpu_class,
  capacity: row.capacity,
  outcome: row.outcome,
  loadMs: Number(row.load_ms),
  workMs: Number(row.work_ms),
  wastedMs: Number(row.wasted_ms),
  sharePpm: row.share_ppm,
  occupiedUs: Number(row.occupied_us),
  rateVersion: row.rate_version,
  usdMicrosPerHour: BigInt(row.rate_micros_per_hour),
  costMicros: BigInt(row.cost_micros),
  absorbedMicros: BigInt(row.absorbed_micros),
  startedAt: row.started_at,
  endedAt: row.ended_at,
});
