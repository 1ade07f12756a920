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
  async insert(em: EntityManager, a: Attempt & AttemptUsage): Promise<void> {
    await rows(
      em,
      `INSERT INTO usage_attempt (tenant_id, ${COLUMNS}, operation, model, team_id, user_id, key_id)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, coalesce(h.operation, 'unknown'), h.model, h.team_id, h.user_id, h.key_id
       FROM (SELECT 1) AS one LEFT JOIN hold h ON h.tenant_id = $1 AND h.job_id = $2 ON CONFLICT (tenant_id, task_id, attempt) DO NOTHING`,
      [
        a.tenantId,
        a.jobId,
        a.taskId,
        a.attempt,
        a.boxId,
        a.poolId,
        a.line,
        a.gpuClass,
        a.capacity,
        a.outcome,
        a.loadMs,
        a.workMs,
        a.wastedMs,
        a.sharePpm,
        a.occupiedUs,
        a.rateVersion,
        a.usdMicrosPerHour,
        a.costMicros,
        a.absorbedMicros,
        a.startedAt,
        a.endedAt,
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
