import type { Point, Quality } from '@atelier/contracts';
import {
  deleteVisualSegmentSessionsById,
  postAssetsByIdVariations,
  postVisualSegmentSessions,
  postVisualSegmentSessionsByIdClicks,
  type JobView,
  type SegmentSessionView,
  type VariationsBody,
} from '../client/index.js';
import { idempotencyKey } from '../idempotency.js';

/* Work on one picture: click sessions and variations. */

export type ClickSession = SegmentSessionView;
export interface ClickedMask {
  maskUrl: string;
}

export const openClicks = (image: string, quality: Quality): Promise<ClickSession> =>
  postVisualSegmentSessions({ body: { image, quality }, headers: { 'Idempotency-Key': idempotencyKey() } });
export const closeClicks = (id: string): Promise<unknown> => deleteVisualSegmentSessionsById({ path: { id } });
/** The mask of all clicks so far. */
export async function click(id: string, points: Point[]): Promise<ClickedMask> {
  const { mask } = await postVisualSegmentSessionsByIdClicks({ path: { id }, body: { points } });
  return { maskUrl: mask.url };
}
export const vary = (id: string, body: Partial<VariationsBody>): Promise<JobView> =>
  postAssetsByIdVariations({ path: { id }, body, headers: { 'Idempotency-Key': idempotencyKey() } });
