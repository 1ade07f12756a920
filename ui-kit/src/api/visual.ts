import type { Point, Quality } from '@atelier/contracts';
import { idempotencyKey } from '../idempotency.js';
import type { JobView } from '../views.js';
import { call } from './call.js';

/* Work on one picture: click sessions, variations, enlarging. */

export interface ClickSession {
  id: string;
  expiresAt: string | null;
}
/** The mask of all clicks so far: an asset, or its bytes as a data URL. */
export interface ClickedMask {
  maskUrl: string;
}

export const openClicks = (image: string, quality: Quality): Promise<ClickSession> =>
  call('post', '/visual/segment/sessions', { body: { image, quality }, headers: { 'idempotency-key': idempotencyKey() } });
export const closeClicks = (id: string): Promise<unknown> => call('delete', `/visual/segment/sessions/${id}`);

export async function click(id: string, points: Point[]): Promise<ClickedMask> {
  const answer = await call<{ mask?: unknown; assetId?: string; dataUrl?: string }>('post', `/visual/segment/sessions/${id}/clicks`, { body: { points } });
  const mask = (answer.mask && typeof answer.mask === 'object' ? answer.mask : answer) as { assetId?: string; id?: string; url?: string; dataUrl?: string };
  const named = typeof answer.mask === 'string' ? answer.mask : (mask.assetId ?? mask.id);
  const url = mask.dataUrl ?? mask.url ?? (named?.startsWith('data:') ? named : `/api/v1/assets/${named}/content`);
  return { maskUrl: url };
}

const spend = () => ({ 'idempotency-key': idempotencyKey() });
export const vary = (assetId: string, body: { strength?: number; batchSize?: number }): Promise<JobView> =>
  call('post', `/assets/${assetId}/variations`, { body, headers: spend() });
export const enlarge = (assetId: string, body: { factor: 2 | 4; style?: 'photo' | 'anime' }): Promise<JobView> =>
  call('post', `/assets/${assetId}/upscale`, { body, headers: spend() });
