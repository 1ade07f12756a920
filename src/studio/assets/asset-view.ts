import { NOBODY } from '../../platform/context/index.js';
import { typeId } from '../../platform/ids/index.js';
import type { Access } from './asset.policy.js';
import type { AssetRow } from './asset.entity.js';
import type { AssetView } from './assets.dto.js';

/** Absolute address of an asset's content; it answers with a redirect to those who may see it. */
export const contentUrl = (publicUrl: string, assetId: string): string => `${publicUrl}/api/v1/assets/${typeId('ast', assetId)}/content`;

export const thumbnailUrl = (publicUrl: string, asset: { id: string }): string => `${contentUrl(publicUrl, asset.id)}?size=512`;

/** `words`: whether prompt and file name are shown, which an administrator's list of other people's private assets leaves out. */
export function assetView(row: AssetRow, access: Access, publicUrl: string, words = access === 'content'): AssetView {
  return {
    id: typeId('ast', row.id),
    type: row.type,
    contentType: row.contentType,
    bytes: row.bytes,
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    filename: words ? row.filename : null,
    visibility: row.visibility,
    ownerId: row.ownerId === NOBODY ? null : typeId('usr', row.ownerId),
    teamId: row.teamId && typeId('team', row.teamId),
    jobId: row.jobId && typeId('job', row.jobId),
    simulated: row.simulated,
    prompt: words ? row.prompt : null,
    access: access === 'metadata' ? 'metadata' : 'content',
    url: contentUrl(publicUrl, row.id),
    thumbnailUrl: access === 'metadata' ? null : thumbnailUrl(publicUrl, row),
    createdAt: row.createdAt.toISOString(),
  };
}
