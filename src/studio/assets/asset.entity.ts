import type { Visibility } from '@atelier/contracts';
import type { AssetType } from './assets.dto.js';

/** A row of `asset`. Deleted rows stay for lineage and for what things cost. */
export interface AssetRow {
  id: string;
  ownerId: string;
  teamId: string | null;
  visibility: Visibility;
  type: AssetType;
  contentType: string;
  bytes: number;
  sha256: string;
  storageKey: string;
  width: number | null;
  height: number | null;
  jobId: string | null;
  simulated: boolean;
  prompt: string | null;
  parameters: Record<string, unknown>;
  metadata: Record<string, unknown>;
  filename: string | null;
  createdAt: Date;
  /** `created_at` with its microseconds, for cursors. */
  createdKey: string;
  deleted: boolean;
}

export interface NewAsset {
  id: string;
  ownerId: string;
  teamId: string | null;
  visibility: Visibility;
  type: AssetType;
  contentType: string;
  bytes: number;
  sha256: string;
  storageKey: string;
  width: number | null;
  height: number | null;
  jobId: string | null;
  taskId: string | null;
  slot: string | null;
  simulated: boolean;
  prompt: string | null;
  parameters: Record<string, unknown>;
  metadata: Record<string, unknown>;
  filename: string | null;
  parents: Parent[];
}

/** An asset that another was made from, and as what it was taken: `image`, `mask`. */
export interface Parent {
  id: string;
  relation: string;
}

export interface RelativeRow {
  id: string;
  ownerId: string;
  teamId: string | null;
  visibility: Visibility;
  type: AssetType;
  relation: string;
  deleted: boolean;
}

export interface UploadRow {
  id: string;
  ownerId: string;
  teamId: string | null;
  purpose: string;
  filename: string;
  contentType: string;
  bytes: number;
  sha256: string | null;
  storageKey: string;
  state: 'pending' | 'completed' | 'refused' | 'expired';
  assetId: string | null;
  refusal: { kind: 'invalid' | 'too_large' | 'unsupported_media'; code: string; detail: string } | null;
  expiresAt: Date;
  /** By the database's clock. */
  overdue: boolean;
}
