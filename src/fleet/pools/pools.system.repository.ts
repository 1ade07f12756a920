import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Lane, Pool } from './pool.js';

interface PoolRow {
  id: string;
  name: string;
  provider: Pool['provider'];
  gpu_class: Pool['gpuClass'];
  capacity: Pool['capacity'];
  min_boxes: number;
  max_boxes: number;
  slots_per_box: number;
  paused: boolean;
  live_slots: number;
  abilities: string[] | null;
  created_at: Date;
}

const toPool = (row: PoolRow): Pool => ({
  id: row.id,
  name: row.name,
  provider: row.provider,
  gpuClass: row.gpu_class,
  capacity: row.capacity,
  minBoxes: row.min_boxes,
  maxBoxes: row.max_boxes,
  slotsPerBox: row.slots_per_box,
  paused: row.paused,
  liveSlots: row.live_slots,
  abilities: row.abilities,
  createdAt: row.created_at,
});

export type PoolSettings = Pick<Pool, 'minBoxes' | 'maxBoxes' | 'slotsPerBox' | 'paused'>;
type NewPool = Omit<Pool, 'createdAt' | 'liveSlots' | 'paused' | 'abilities'>;

export const findPools = async (em: EntityManager): Promise<Pool[]> => (await rows<PoolRow>(em, 'SELECT * FROM pool ORDER BY name')).map(toPool);

export async function lockPool(em: EntityManager, id: string): Promise<Pool | undefined> {
  const [row] = await rows<PoolRow>(em, 'SELECT * FROM pool WHERE id = $1 FOR NO KEY UPDATE', [id]);
  return row && toPool(row);
}

/** Undefined when the name is taken. */
export async function insertPool(em: EntityManager, pool: NewPool): Promise<Pool | undefined> {
  const [row] = await rows<PoolRow>(
    em,
    `INSERT INTO pool (id, name, provider, gpu_class, capacity, min_boxes, max_boxes, slots_per_box)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING RETURNING *`,
    [pool.id, pool.name, pool.provider, pool.gpuClass, pool.capacity, pool.minBoxes, pool.maxBoxes, pool.slotsPerBox],
  );
  return row && toPool(row);
}

export async function updatePool(em: EntityManager, id: string, settings: PoolSettings): Promise<Pool> {
  const [row] = await rows<PoolRow>(em, 'UPDATE pool SET min_boxes = $2, max_boxes = $3, slots_per_box = $4, paused = $5 WHERE id = $1 RETURNING *', [
    id,
    settings.minBoxes,
    settings.maxBoxes,
    settings.slotsPerBox,
    settings.paused,
  ]);
  return toPool(row!);
}

export async function updateLive(em: EntityManager, id: string, slots: number, abilities: readonly string[] | null): Promise<void> {
  await rows(
    em,
    'UPDATE pool SET live_slots = $2, abilities = coalesce($3, abilities) WHERE id = $1 AND (live_slots <> $2 OR abilities IS DISTINCT FROM coalesce($3, abilities))',
    [id, slots, abilities],
  );
}

export async function insertSecret(em: EntityManager, poolId: string, hash: Buffer, validMs: number): Promise<Date> {
  const [row] = await rows<{ expires_at: Date }>(
    em,
    `WITH old AS (DELETE FROM pool_secret WHERE pool_id = $2 AND expires_at < now())
     INSERT INTO pool_secret (secret_hash, pool_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3)) RETURNING expires_at`,
    [hash, poolId, validMs / 1000],
  );
  return row!.expires_at;
}

/** The others hold on for `overlapMs`, so that a box that is starting now is not refused. */
export async function retireSecrets(em: EntityManager, poolId: string, overlapMs: number): Promise<void> {
  await rows(em, 'UPDATE pool_secret SET expires_at = least(expires_at, now() + make_interval(secs => $2)) WHERE pool_id = $1', [poolId, overlapMs / 1000]);
}

export async function secretHolds(em: EntityManager, poolId: string, hash: Buffer): Promise<boolean> {
  const found = await rows(em, 'SELECT 1 FROM pool_secret WHERE secret_hash = $1 AND pool_id = $2 AND expires_at > now()', [hash, poolId]);
  return found.length > 0;
}

export async function findLanes(em: EntityManager): Promise<Lane[]> {
  return rows<Lane>(em, 'SELECT id, pool_id AS "poolId", base FROM lane ORDER BY pool_id, base');
}

export async function ensureLane(em: EntityManager, id: string, poolId: string, base: string): Promise<string> {
  const [row] = await rows<{ id: string }>(em, 'SELECT ensure_lane($1, $2, $3) AS id', [id, poolId, base]);
  return row!.id;
}
