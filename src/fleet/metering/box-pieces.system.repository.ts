import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { BoxLife } from './box-time.js';
import type { BoxPiece, MeteredBox } from './metering.js';

const MS = (time: string): string => `coalesce((SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest(${time}) r), 0)::float8 * 1000`;
const FROM = (start: string): string => `CASE WHEN ${start} < until THEN tstzmultirange(tstzrange(greatest(${start}, booted), until)) ELSE '{}' END`;

/**
 * The rule of `box-time.ts` for many boxes at once, cut at the given instants. A closed attempt that lies across a cut counts on each side by its
 * length there; what the open attempts of a box have taken so far is what the closed ones leave of the time that is covered.
 */
export async function readPieces(em: EntityManager, boxes: readonly { box: MeteredBox; life: BoxLife }[], cuts: readonly Date[]): Promise<BoxPiece[]> {
  return rows<BoxPiece>(
    em,
    `WITH life AS MATERIALIZED (
       SELECT *, least(coalesce(registered, until), until) AS booted FROM (
         SELECT id, "poolId", "gpuClass", capacity, to_timestamp("launchedAt" / 1000) AS launched, to_timestamp("registeredAt" / 1000) AS registered,
           to_timestamp("drainAt" / 1000) AS drain_at, to_timestamp("silentFrom" / 1000) AS silent_from, to_timestamp(greatest(until, "launchedAt") / 1000) AS until
         FROM jsonb_to_recordset($1::jsonb) AS b(id uuid, "poolId" uuid, "gpuClass" text, capacity text, "launchedAt" float8, "registeredAt" float8,
           "drainAt" float8, "silentFrom" float8, until float8)) AS b
     ), cut AS MATERIALIZED (
       SELECT n, $2[n] AS at, $2[n + 1] AS next FROM generate_series(1, cardinality($2::timestamptz[]) - 1) n
     ), attempt AS MATERIALIZED (
       SELECT a.box_id, greatest(a.leased_at, l.booted) AS lo, least(coalesce(a.ended_at, l.until), l.until) AS hi, a.ended_at IS NULL AS open,
         a.load_ms * a.share_ppm / 1e6 AS load, a.work_ms * a.share_ppm / 1e6 AS work, a.wasted_ms * a.share_ppm / 1e6 AS wasted,
         extract(epoch FROM a.ended_at - a.leased_at) * 1e3 * a.share_ppm / 1e6 AS occupied
       FROM life l JOIN task_attempt a ON a.box_id = l.id AND a.leased_at < $2[cardinality($2)] AND (a.ended_at IS NULL OR a.ended_at > $2[1])
     ), taken AS (
       SELECT box_id, n, sum(load * part) AS load, sum(work * part) AS work, sum(wasted * part) AS wasted,
         sum(greatest(0, occupied - load - work - wasted) * part) AS spare, bool_or(open) AS open
       FROM attempt CROSS JOIN LATERAL generate_series(greatest(1, width_bucket(lo, $2)), least(cardinality($2) - 1, width_bucket(hi, $2))) n JOIN cut USING (n)
       CROSS JOIN LATERAL (SELECT extract(epoch FROM least(hi, next) - greatest(lo, at)) / extract(epoch FROM hi - lo) AS part) p
       WHERE hi > lo GROUP BY box_id, n
     ), spans AS MATERIALIZED (
       SELECT life.*, covered, boot, silent, (${FROM('drain_at')}) - silent - covered AS drain
       FROM life LEFT JOIN (SELECT box_id, range_agg(tstzrange(lo, hi)) AS all_attempts FROM attempt WHERE hi > lo GROUP BY box_id) c ON c.box_id = id
       CROSS JOIN LATERAL (SELECT coalesce(all_attempts, '{}') AS covered, tstzmultirange(tstzrange(launched, booted)) AS boot) a
       CROSS JOIN LATERAL (SELECT (${FROM('silent_from')}) - covered AS silent) b
     ), piece AS (
       SELECT s.id, s."poolId", s."gpuClass", s.capacity, n, at, ${MS('s.boot * here')} AS boot, ${MS('s.silent * here')} AS silent, ${MS('s.drain * here')} AS drain,
         ${MS('s.covered * here')} AS covered, extract(epoch FROM upper(here) - lower(here))::float8 * 1000 AS lifetime
       FROM spans s JOIN cut ON next > launched AND at < until
       CROSS JOIN LATERAL (SELECT tstzmultirange(tstzrange(greatest(at, launched), least(next, until))) AS here) h
       WHERE NOT isempty(here)
     )
     SELECT p."poolId", p."gpuClass", p.capacity, p.at AS "from", sum(boot) AS boot, sum(silent) AS silent, sum(drain) AS drain, sum(lifetime) AS lifetime,
       sum(coalesce(load, 0))::float8 AS load, sum(coalesce(wasted, 0))::float8 AS wasted,
       sum(coalesce(work, 0) + CASE WHEN open THEN covered - load_or_waste - spare_or_none ELSE 0 END)::float8 AS work,
       sum(lifetime - boot - silent - drain - covered + CASE WHEN open THEN spare_or_none ELSE covered - load_or_waste END)::float8 AS idle
     FROM piece p LEFT JOIN taken t ON t.box_id = p.id AND t.n = p.n
     CROSS JOIN LATERAL (SELECT coalesce(load, 0) + coalesce(work, 0) + coalesce(wasted, 0) AS load_or_waste, coalesce(spare, 0) AS spare_or_none) x
     GROUP BY 1, 2, 3, 4 ORDER BY 4, 2, 3, 1`,
    [JSON.stringify(boxes.map(({ box, life }) => ({ ...life, ...box }))), cuts],
  );
}
