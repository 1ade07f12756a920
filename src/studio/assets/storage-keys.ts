import type { ThumbnailSize } from './assets.dto.js';

/** Where files lie. The tenant comes first and clients name nothing, so that one tenant's key can never spell another's. */
export const assetKey = (tenantId: string, assetId: string): string => `t/${tenantId}/asset/${assetId}`;
export const uploadKey = (tenantId: string, uploadId: string): string => `t/${tenantId}/upload/${uploadId}`;
export const thumbnailKey = (tenantId: string, assetId: string, size: ThumbnailSize): string => `t/${tenantId}/thumb/${assetId}/${size}.webp`;
export const plainKey = (tenantId: string, assetId: string): string => `t/${tenantId}/plain/${assetId}/file`;
/** Everything that was derived from an asset, to be removed with it. */
export const renditionPrefixes = (tenantId: string, assetId: string): string[] => [`t/${tenantId}/thumb/${assetId}/`, `t/${tenantId}/plain/${assetId}/`];

const KEY = /^t\/([0-9a-f-]{36})\/(out|asset|upload|thumb|plain)\/(.+)$/;

export type StoredKey = { tenantId: string; kind: 'original' | 'output' } | { tenantId: string; kind: 'rendition'; assetId: string };

/** Whose key it is, of the kinds that this room answers for; null for all others, which it leaves alone. */
export function readKey(key: string): StoredKey | null {
  const [, tenantId, folder, rest] = KEY.exec(key) ?? [];
  if (!tenantId || !folder || !rest) return null;
  if (folder === 'out') return { tenantId, kind: 'output' };
  if (folder === 'asset' || folder === 'upload') return { tenantId, kind: 'original' };
  return { tenantId, kind: 'rendition', assetId: rest.slice(0, 36) };
}
