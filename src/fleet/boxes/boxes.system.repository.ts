import type { RegisterRequest } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { BoxLife, MeteredBox } from '../metering/index.js';
import type { Box, BoxState, CallingBox } from './box.js';

const seconds = (ms: number): number => ms / 1000;
const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

const BOX = `id, pool_id AS "poolId", instance_id AS "instanceId", state, state_reason AS "stateReason", gpu_class AS "gpuClass", capacity, zone, gpu, agent_version AS "agentVersion",
  engines, slots, pid, launched_at AS "launchedAt", registered_at AS "registeredAt", last_heartbeat_at AS "lastHeartbeatAt", drain_at AS "drainAt", ended_at AS "endedAt"`;

const ABILITIES = `SELECT DISTINCT (e->>'name') || ':' || kind FROM jsonb_array_elements(engines) e CROSS JOIN LATERAL jsonb_array_elements_text(e->'kinds') kind`;

export interface NewBox extends Pick<Box, 'id' | 'poolId' | 'instanceId' | 'gpuClass' | 'capacity' | 'slots'> {
  nonceHash: Buffer;
  nonceValidMs: number;
}

export async function insertBox(em: EntityManager, box: NewBox): Promise<Box> {
  const [row] = await rows<Box>(
    em,
    `INSERT INTO box (id, pool_id, instance_id, state, gpu_class, capacity, slots, nonce_hash, nonce_expires_at)
     VALUES ($1, $2, $3, 'booting', $4, $5, $6, $7, now() + make_interval(secs => $8)) RETURNING ${BOX}`,
    [box.id, box.poolId, box.instanceId, box.gpuClass, box.capacity, box.slots, box.nonceHash, seconds(box.nonceValidMs)],
  );
  return row!;
}

export async function setPid(em: EntityManager, id: string, pid: number): Promise<void> {
  await rows(em, 'UPDATE box SET pid = $2 WHERE id = $1', [id, pid]);
}

/** Locks a box whose nonce still holds: it boots, or it has registered just now and called for nothing yet. */
export async function lockUnproven(em: EntityManager, poolId: string, instanceId: string): Promise<{ id: string; nonceHash: Buffer } | undefined> {
  const [row] = await rows<{ id: string; nonceHash: Buffer }>(
    em,
    `SELECT id, nonce_hash AS "nonceHash" FROM box WHERE pool_id = $1 AND instance_id = $2 AND state IN ('booting', 'ready') AND nonce_hash IS NOT NULL AND nonce_expires_at > now() FOR UPDATE`,
    [poolId, instanceId],
  );
  return row;
}

/** The nonce holds on for `againMs`, counted from the first time, should the box not have heard the answer. */
export async function registerBox(
  em: EntityManager,
  id: string,
  request: RegisterRequest,
  slots: number,
  token: { hash: Buffer; ttlMs: number; againMs: number },
): Promise<void> {
  const { class: _class, ...gpu } = request.gpu;
  await rows(
    em,
    `UPDATE box SET state = 'ready', nonce_expires_at = CASE WHEN state = 'booting' THEN now() + make_interval(secs => $10) ELSE nonce_expires_at END,
       registered_at = coalesce(registered_at, now()), last_heartbeat_at = now(), zone = $2, capacity = $3, gpu = $4, agent_version = $5,
       engines = $6, slots = $7, token_hash = $8, token_expires_at = now() + make_interval(secs => $9)
     WHERE id = $1`,
    [
      id,
      request.zone,
      request.capacity,
      JSON.stringify(gpu),
      request.agentVersion,
      JSON.stringify(request.engines),
      slots,
      token.hash,
      seconds(token.ttlMs),
      seconds(token.againMs),
    ],
  );
}

/** A box that calls with its token has got it: the nonce is used up. */
export async function spendNonce(em: EntityManager, id: string): Promise<void> {
  await rows(em, 'UPDATE box SET nonce_hash = NULL, nonce_expires_at = NULL WHERE id = $1', [id]);
}

export async function findByToken(em: EntityManager, tokenHash: Buffer): Promise<(CallingBox & { nonceHolds: boolean }) | undefined> {
  const [row] = await rows<CallingBox & { nonceHolds: boolean }>(
    em,
    `SELECT id, nonce_hash IS NOT NULL AS "nonceHolds", token_hash IS DISTINCT FROM $1 AS "byPreviousToken", pool_id AS "poolId", gpu_class AS "gpuClass", capacity, slots,
       coalesce((gpu->>'vramMb')::int, 0) AS "vramMb", array(${ABILITIES}) AS abilities
     FROM box WHERE state <> 'gone' AND ((token_hash = $1 AND token_expires_at > now()) OR (previous_token_hash = $1 AND previous_token_until > now()))`,
    [tokenHash],
  );
  return row;
}

/** Notes a heartbeat. A box that was given up and speaks again is taken back. */
export async function touch(
  em: EntityManager,
  id: string,
  status: { gpu: object; loaded: readonly string[]; cached: readonly string[] },
): Promise<{ state: BoxState; revived: boolean; tokenLeftMs: number } | undefined> {
  const [row] = await rows<{ state: BoxState; revived: boolean; tokenLeftMs: number }>(
    em,
    `WITH held AS (SELECT id, state AS was FROM box WHERE id = $1 AND state <> 'gone' FOR UPDATE)
     UPDATE box SET last_heartbeat_at = now(), gpu = coalesce(gpu, '{}') || $2::jsonb, loaded = $3, cached = $4,
       state = CASE WHEN was <> 'lost' THEN was WHEN drain_at IS NULL THEN 'ready' ELSE 'draining' END,
       state_reason = CASE WHEN was <> 'lost' THEN state_reason END
     FROM held WHERE box.id = held.id
     RETURNING box.state, was = 'lost' AS revived, (${MS('token_expires_at')} - ${MS('now()')}) AS "tokenLeftMs"`,
    [id, JSON.stringify(status.gpu), status.loaded, status.cached],
  );
  return row;
}

/** Another token in place of one that the box never got: the one it calls with stays. */
export async function replaceToken(em: EntityManager, id: string, tokenHash: Buffer, ttlMs: number): Promise<void> {
  await rows(em, `UPDATE box SET token_hash = $2, token_expires_at = now() + make_interval(secs => $3) WHERE id = $1`, [id, tokenHash, seconds(ttlMs)]);
}

/** The next token; the one before holds for as long as it would have. */
export async function renewToken(em: EntityManager, id: string, tokenHash: Buffer, ttlMs: number): Promise<void> {
  await rows(
    em,
    `UPDATE box SET previous_token_hash = token_hash, previous_token_until = token_expires_at, token_hash = $2, token_expires_at = now() + make_interval(secs => $3) WHERE id = $1`,
    [id, tokenHash, seconds(ttlMs)],
  );
}

export async function findBox(em: EntityManager, id: string): Promise<Box | undefined> {
  const [row] = await rows<Box>(em, `SELECT ${BOX} FROM box WHERE id = $1`, [id]);
  return row;
}

export async function lockBox(em: EntityManager, id: string): Promise<Box | undefined> {
  const [row] = await rows<Box>(em, `SELECT ${BOX} FROM box WHERE id = $1 FOR UPDATE`, [id]);
  return row;
}

export async function findLiving(em: EntityManager, poolId: string): Promise<Box[]> {
  return rows<Box>(em, `SELECT ${BOX} FROM box WHERE pool_id = $1 AND state <> 'gone' ORDER BY launched_at`, [poolId]);
}

/** Moves a locked box on. `gone` ends its life now and takes its tokens. */
export async function setState(em: EntityManager, id: string, state: BoxState, reason: string | null): Promise<void> {
  await rows(
    em,
    `UPDATE box SET state = $2, state_reason = $3,
       drain_at = CASE WHEN $2 IN ('draining', 'quarantined') THEN coalesce(drain_at, now()) ELSE drain_at END,
       ended_at = CASE WHEN $2 = 'gone' THEN now() END,
       nonce_hash = CASE WHEN $2 <> 'gone' THEN nonce_hash END,
       token_hash = CASE WHEN $2 <> 'gone' THEN token_hash END, previous_token_hash = CASE WHEN $2 <> 'gone' THEN previous_token_hash END
     WHERE id = $1`,
    [id, state, reason],
  );
}

/** Slots of the boxes that take work, and what they can do between them; null when there is none. */
export async function findLive(em: EntityManager, poolId: string): Promise<{ slots: number; abilities: string[] | null }> {
  const [row] = await rows<{ slots: number; abilities: string[] | null }>(
    em,
    `SELECT coalesce(sum(slots), 0)::int AS slots, (SELECT array_agg(DISTINCT ability) FROM box b CROSS JOIN LATERAL (${ABILITIES.replace('(engines)', '(b.engines)')}) can(ability)
       WHERE b.pool_id = $1 AND b.state = 'ready') AS abilities
     FROM box WHERE pool_id = $1 AND state = 'ready'`,
    [poolId],
  );
  return row!;
}

/** Locks one box that has been silent for a whole lease. */
export async function lockSilent(em: EntityManager, ttlMs: number): Promise<Box | undefined> {
  const [row] = await rows<Box>(
    em,
    `SELECT ${BOX} FROM box WHERE state IN ('ready', 'draining', 'quarantined') AND last_heartbeat_at < now() - make_interval(secs => $1)
     ORDER BY last_heartbeat_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [seconds(ttlMs)],
  );
  return row;
}

/** Locks one box that can never speak again: its nonce or its token has expired. */
export async function lockUnreachable(em: EntityManager): Promise<Box | undefined> {
  const [row] = await rows<Box>(
    em,
    `SELECT ${BOX} FROM box WHERE (state = 'booting' AND nonce_expires_at < now()) OR (state = 'lost' AND greatest(token_expires_at, previous_token_until) < now())
     LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return row;
}

/** Living boxes, and those that ended lately. */
export async function findRecent(em: EntityManager): Promise<Box[]> {
  return rows<Box>(
    em,
    `SELECT ${BOX} FROM box WHERE state <> 'gone' OR ended_at > now() - interval '1 hour' ORDER BY state = 'gone', launched_at DESC LIMIT 500`,
  );
}

const LIFE = `id, ${MS('launched_at')} AS "launchedAt", ${MS('registered_at')} AS "registeredAt", ${MS('drain_at')} AS "drainAt",
  CASE WHEN state = 'lost' OR (state = 'gone' AND state_reason <> 'released') THEN ${MS('last_heartbeat_at')} END AS "silentFrom", ${MS('coalesce(ended_at, now())')} AS until`;

export async function findLives(em: EntityManager, ids: readonly string[]): Promise<Map<string, BoxLife>> {
  const found = await rows<BoxLife & { id: string }>(em, `SELECT ${LIFE} FROM box WHERE id = ANY($1::uuid[])`, [ids]);
  return new Map(found.map(({ id, ...life }) => [id, life]));
}

/** Boxes that lived at some instant of a range. */
export async function findLivesIn(em: EntityManager, { from, to }: { from: Date; to: Date }): Promise<{ box: MeteredBox; life: BoxLife }[]> {
  const found = await rows<BoxLife & MeteredBox>(
    em,
    `SELECT ${LIFE}, pool_id AS "poolId", gpu_class AS "gpuClass", capacity FROM box WHERE launched_at < $2 AND (ended_at IS NULL OR ended_at > $1)`,
    [from, to],
  );
  return found.map(({ id, poolId, gpuClass, capacity, ...life }) => ({ box: { id, poolId, gpuClass, capacity }, life }));
}

/** Proof to itself that this process can write. */
export async function noteProcess(em: EntityManager, id: string): Promise<void> {
  await rows(
    em,
    `WITH old AS (DELETE FROM control_process WHERE written_at < now() - interval '1 day')
     INSERT INTO control_process (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET written_at = now()`,
    [id],
  );
}
