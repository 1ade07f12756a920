import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { QuoteJson } from '../pricing/index.js';
import type { EndedJob, Replay } from './replay.js';
import type { Simulation } from './simulation.js';

export type NewSimulation = Pick<Simulation, 'id' | 'from' | 'to' | 'note' | 'draft' | 'replay'> & { by: string };

const COLUMNS = `id, state, from_at AS "from", to_at AS "to", note, draft, total_jobs AS "totalJobs", replay, scheduled_version AS "scheduledVersion",
  created_at AS "createdAt", finished_at AS "finishedAt"`;
const MICROS = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Reads the books of all tenants; writes only what came out. */
@Injectable()
export class SimulationsSystemRepository {
  async insert(em: EntityManager, simulation: NewSimulation): Promise<Simulation> {
    const [row] = await rows<Simulation>(
      em,
      `INSERT INTO price_simulation (id, from_at, to_at, note, draft, replay, created_by, total_jobs)
       VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT count(*) FROM hold WHERE state = 'settled' AND closed_at >= $2 AND closed_at < $3)) RETURNING ${COLUMNS}`,
      [simulation.id, simulation.from, simulation.to, simulation.note, JSON.stringify(simulation.draft), JSON.stringify(simulation.replay), simulation.by],
    );
    return row!;
  }

  /** Newest first, below `after`. */
  list(em: EntityManager, limit: number, after: { at: string; id: string } | null): Promise<(Simulation & { cursorAt: string })[]> {
    return rows(
      em,
      `SELECT ${COLUMNS}, ${MICROS('created_at')} AS "cursorAt" FROM price_simulation
       WHERE $2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid) ORDER BY created_at DESC, id DESC LIMIT $1`,
      [limit, after?.at ?? null, after?.id ?? null],
    );
  }

  async find(em: EntityManager, id: string, lock: 'none' | 'update' = 'none'): Promise<Simulation | undefined> {
    return (await rows<Simulation>(em, `SELECT ${COLUMNS} FROM price_simulation WHERE id = $1 ${lock === 'update' ? 'FOR UPDATE' : ''}`, [id]))[0];
  }

  /** The oldest that is not finished and that no other process is counting; locked. */
  async take(em: EntityManager): Promise<Simulation | undefined> {
    return (
      await rows<Simulation>(em, `SELECT ${COLUMNS} FROM price_simulation WHERE state = 'running' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED`)
    )[0];
  }

  /** The next settled jobs of the period by tenant and end, with what all their attempts cost, wasted ones included. */
  async endedJobs(em: EntityManager, { from, to, replay: { cursor } }: Simulation, limit: number): Promise<EndedJob[]> {
    const found = await rows<{ tenant_id: string; job_id: string; closed: string; charged_milli: string; quote: QuoteJson; cost: string }>(
      em,
      `SELECT h.tenant_id, h.job_id, ${MICROS('h.closed_at')} AS closed, h.charged_milli, h.quote,
         (SELECT coalesce(sum(u.cost_micros + u.absorbed_micros), 0) FROM usage_attempt u WHERE u.tenant_id = h.tenant_id AND u.job_id = h.job_id) AS cost
       FROM hold h WHERE h.state = 'settled' AND h.closed_at >= $1 AND h.closed_at < $2
         AND ($3::uuid IS NULL OR (h.tenant_id, h.closed_at, h.job_id) > ($3, $4::timestamptz, $5::uuid))
       ORDER BY h.tenant_id, h.closed_at, h.job_id LIMIT $6`,
      [from, to, cursor?.tenantId ?? null, cursor?.closedAt ?? null, cursor?.jobId ?? null, limit],
    );
    return found.map((row) => ({
      tenantId: row.tenant_id,
      jobId: row.job_id,
      closedAt: row.closed,
      chargedMilli: BigInt(row.charged_milli),
      quote: row.quote,
      costMicros: BigInt(row.cost),
    }));
  }

  async save(em: EntityManager, id: string, replay: Replay, finished: boolean): Promise<void> {
    await rows(
      em,
      `UPDATE price_simulation SET replay = $2, state = CASE WHEN $3 THEN 'done' ELSE state END, finished_at = CASE WHEN $3 THEN clock_timestamp() END WHERE id = $1`,
      [id, JSON.stringify(replay), finished],
    );
  }

  async setScheduled(em: EntityManager, id: string, version: number): Promise<void> {
    await rows(em, 'UPDATE price_simulation SET scheduled_version = $2 WHERE id = $1', [id, version]);
  }
}
