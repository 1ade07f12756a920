import type { ModelType, Visibility } from '@atelier/contracts';

export const IMPORT_STAGES = ['uploading', 'waiting', 'fetching', 'checking', 'storing', 'done', 'refused', 'failed', 'canceled'] as const;
export type ImportStage = (typeof IMPORT_STAGES)[number];
export const isOver = (stage: ImportStage): boolean => ['done', 'refused', 'failed', 'canceled'].includes(stage);

/** What shall become of the file: a model of the tenant, a version of one, or a file of the catalogue. */
export interface ImportWish {
  name?: string;
  description?: string;
  type?: ModelType;
  base?: string;
  licence?: string;
  changelog?: string;
  visibility?: Visibility;
  modelId?: string;
  catalogue?: { slug: string; file: string };
}

export interface ImportRefusal {
  code: string;
  message: string;
  fix: string;
}

export interface ImportRow {
  tenantId: string;
  id: string;
  ownerId: string;
  teamId: string | null;
  wish: ImportWish;
  filename: string;
  bytes: number | null;
  sha256: string | null;
  url: string | null;
  parts: { n: number; bytes: number }[];
  stage: ImportStage;
  progress: number;
  refusal: ImportRefusal | null;
  modelId: string | null;
  attempts: number;
  createdAt: Date;
}

/** Where the pieces of an upload lie until they are one file. */
export const partKey = (tenantId: string, importId: string, n: number): string => `t/${tenantId}/import/${importId}/${n}`;
export const partPrefix = (tenantId: string, importId: string): string => `t/${tenantId}/import/${importId}/`;
/** Where a file of weights lies, whoever brought it. The import's own place, so that tidying up what nobody needed never meets what somebody has just brought. */
export const weightsKey = (digest: string, importId: string): string => `weights/${digest}/${importId}`;

/** The import is no longer the caller's to carry: it was cancelled, or another process has brought it to its end. */
export class NotOurs extends Error {}
