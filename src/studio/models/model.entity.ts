import type { ModelType, Visibility, WeightFormat } from '@atelier/contracts';

/** A model of a tenant with the version in use. */
export interface ModelRow {
  id: string;
  ownerId: string;
  teamId: string | null;
  visibility: Visibility;
  slug: string;
  name: string;
  description: string;
  type: ModelType;
  base: string;
  licence: string | null;
  triggerWords: string[];
  current: number;
  /** Switched off by the tenant. */
  isOff: boolean;
  previewKey: string | null;
  createdAt: Date;
  filename: string;
  digest: string;
  bytes: number;
  format: WeightFormat;
  storageKey: string;
  passport: string;
}

export interface VersionRow {
  id: string;
  number: number;
  changelog: string | null;
  filename: string;
  digest: string;
  bytes: number;
  format: WeightFormat;
  storageKey: string;
  passport: string;
  rules: number;
  checks: string[];
  checkedAt: Date;
  createdAt: Date;
}

export interface CatalogueFileRow {
  slug: string;
  name: string;
  digest: string;
  bytes: number;
  format: WeightFormat;
  storageKey: string;
  passport: string;
}

export interface LicenceDecisionRow {
  tag: string;
  allowed: boolean;
  reason: string;
}

/** A file that was checked. */
export interface CheckedWeights {
  digest: string;
  bytes: number;
  format: WeightFormat;
  storageKey: string;
  rules: number;
  checks: string[];
  passport: string;
  checkedAt: Date;
}
