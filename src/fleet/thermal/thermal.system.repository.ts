import type { ThermalMode } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { WeightsUse } from '../tasks/index.js';
import type { ThermalState } from './thermal-state.js';

export interface WeightsState {
  modelId: string;
  weights: WeightsUse[];
  loadMs: number;
  mode: ThermalMode;
  decided: ThermalState;
  warmUntil: Date | null;
  usedAt: Date | null;
}
const STATE = `model_id AS "modelId", weights, load_ms AS "loadMs", mode, decided, warm_until AS "warmUntil", used_at AS "usedAt"`;
const USES = `t.weights @> jsonb_build_array(jsonb_build_object('digest', d.digest))`;

/** By a function of the database, because whoever declares a model may be a tenant. */
export async function declare(em: EntityManager, modelId: string, weights: readonly WeightsUse[], loadMs: number): Promise<void> {
  await rows(em, 'SELECT declare_weights($1, $2::jsonb, $3)', [modelId, JSON.stringify(weights), loadMs]);
}

/** By a function for the same reason. */
export async function forget(em: EntityManager, modelId: string): Promise<void> {
  await rows(em, 'SELECT forget_weights($1)', [modelId]);
}

export async function find(em: EntityManager, modelId: string): Promise<WeightsState | undefined> {
  const [row] = await rows<WeightsState>(em, `SELECT ${STATE} FROM weights_state WHERE model_id = $1`, [modelId]);
  return row;
}

export async function list(em: EntityManager): Promise<WeightsState[]> {
  return rows<WeightsState>(em, `SELECT ${STATE} FROM weights_state ORDER BY model_id`);
}

export async function setMode(em: EntityManager, modelId: string, mode: ThermalMode, warmMinutes: number): Promise<void> {
  await rows(
    em,
    `UPDATE weights_state SET mode = $2, warm_until = CASE WHEN $2 = 'WARM' THEN now() + make_interval(mins => $3) END, fetching_box = NULL WHERE model_id = $1`,
    [modelId, mode, warmMinutes],
  );
}

/** Pauses without end what waits for weights that are off, tickets included; returns the lanes. Looks at no task while nothing is off. The trigger does the same for what becomes ready later. */
export async function holdOff(em: EntityManager): Promise<string[]> {
  const held = await rows<{ lane_id: string }>(
    em,
    `WITH d AS MATERIALIZED (SELECT unnest(digests) AS digest FROM weights_state WHERE mode = 'OFF'),
     due AS (SELECT t.id, CASE t.state WHEN 'queued' THEN t.fair_cost END AS charged FROM task t WHERE ((t.state = 'ready' AND t.not_before IS NULL) OR t.state = 'queued') AND (SELECT count(*) FROM d) > 0 AND EXISTS (SELECT 1 FROM d WHERE ${USES}) ORDER BY t.id FOR UPDATE),
     moved AS (
       UPDATE task SET state = 'ready', not_before = 'infinity', wait_reason = 'model_off', fair_cost = NULL FROM due WHERE task.id = due.id
       RETURNING task.tenant_id, task.pool_id, task.tier_weight, task.lane_id, charged),
     back AS (INSERT INTO fair_correction (tenant_id, pool_id, tier_weight, delta) SELECT tenant_id, pool_id, tier_weight, -charged FROM moved WHERE charged <> 0)
     SELECT DISTINCT lane_id FROM moved`,
  );
  return held.map((row) => row.lane_id);
}

/** Lets go what no weights hold any more; returns the lanes. */
export async function letGo(em: EntityManager): Promise<string[]> {
  const moved = await rows<{ lane_id: string }>(
    em,
    `WITH d AS MATERIALIZED (SELECT unnest(digests) AS digest FROM weights_state WHERE mode = 'OFF'),
     due AS (SELECT t.id FROM task t WHERE t.state = 'ready' AND t.not_before = 'infinity' AND NOT EXISTS (SELECT 1 FROM d WHERE ${USES}) ORDER BY t.id FOR UPDATE)
     UPDATE task SET not_before = NULL, wait_reason = NULL FROM due WHERE task.id = due.id RETURNING task.lane_id`,
  );
  return [...new Set(moved.map((row) => row.lane_id))];
}

export async function livingBoxes(em: EntityManager): Promise<{ id: string; loaded: string[]; cached: string[]; abilities: string[] }[]> {
  return rows(
    em,
    `SELECT b.id, b.loaded, b.cached, coalesce(p.abilities, '{}') AS abilities FROM box b JOIN pool p ON p.id = b.pool_id WHERE b.state = 'ready'`,
  );
}

/** Requests since the task id `since` by digest; ids carry their time. */
export async function countUses(em: EntityManager, since: string): Promise<Map<string, number>> {
  const found = await rows<{ digest: string; n: number }>(
    em,
    `SELECT w->>'digest' AS digest, count(*)::int AS n FROM task t CROSS JOIN LATERAL jsonb_array_elements(t.weights) w WHERE t.id >= $1::uuid GROUP BY 1`,
    [since],
  );
  return new Map(found.map((row) => [row.digest, row.n]));
}

export async function noteUse(em: EntityManager, modelId: string, used: boolean, decided: ThermalState): Promise<void> {
  await rows(em, 'UPDATE weights_state SET used_at = CASE WHEN $2 THEN now() ELSE used_at END, decided = $3 WHERE model_id = $1', [modelId, used, decided]);
}

/** One box at a time is asked to fetch a model; one that has not done it after `ms` gives way to another. */
export async function claim(em: EntityManager, modelId: string, boxId: string, ms: number): Promise<boolean> {
  const won = await rows(
    em,
    `UPDATE weights_state SET fetching_box = $2, fetching_until = now() + make_interval(secs => $3)
     WHERE model_id = $1 AND (fetching_box IS NULL OR fetching_box = $2 OR fetching_until < now()) RETURNING model_id`,
    [modelId, boxId, ms / 1000],
  );
  return won.length > 0;
}
