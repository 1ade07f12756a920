import type { JobOutputView, JobStatus, Permission, TenantRole, Visibility, WaitReason } from '@atelier/contracts';

/* The shapes that pages show. Credits are decimal strings, micro-dollars integer strings, instants ISO 8601. */

export interface Paged<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

export interface Me {
  id: string;
  email: string;
  name: string;
  operator: boolean;
  tenant: { id: string; name: string; plan: string };
  role: TenantRole;
  permissions: Permission[];
  tenants: { id: string; name: string; role: TenantRole }[];
}

export interface SessionView {
  id: string;
  kind: string;
  device: string;
  ip: string | null;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  current: boolean;
}

export interface ApiKeyView {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

export interface GrantView {
  id: string;
  kind: string;
  amount: string;
  remaining: string;
  expiresAt: string | null;
  reason: string;
}
export interface Balance {
  available: string;
  held: string;
  grants: GrantView[];
}

export interface LedgerRow {
  seq: number;
  kind: string;
  from: string;
  to: string;
  amount: string;
  jobId: string | null;
  grantId: string | null;
  reason: string | null;
  createdAt: string;
}

export interface QuoteLine {
  description: string;
  quantity: number;
  unit: string;
  credits: string;
}
export interface Estimate {
  lines: QuoteLine[];
  credits: string;
  etaSecondsP50: number | null;
  etaSecondsP90: number | null;
}

export interface JobView {
  id: string;
  operation: string;
  /** Null where one may see the job but not its content. */
  parameters: Record<string, unknown> | null;
  visibility: Visibility;
  ownerId: string;
  status: JobStatus;
  progress: number;
  stage: string | null;
  reason?: WaitReason;
  queuePosition?: number;
  etaSeconds: number | null;
  cancelRequested: boolean;
  quote: { lines: QuoteLine[]; credits: string };
  /** `held` is what is set aside now: "0" once the job has ended. */
  credits: { held: string; charged: string };
  gpu: { seconds: number; class: string | null; capacity: string | null; costMicros?: string };
  simulated: boolean;
  outputs: JobOutputView[];
  failedOutputs?: { index: number; code: string; message: string }[];
  error?: { code: string; message: string };
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface AssetView {
  id: string;
  type: string;
  contentType: string;
  bytes: number;
  sha256: string;
  width: number | null;
  height: number | null;
  filename: string | null;
  visibility: Visibility;
  ownerId: string | null;
  jobId: string | null;
  simulated: boolean;
  prompt: string | null;
  /** `metadata`: an administrator may know of it but not open it. */
  access: 'content' | 'metadata';
  url: string;
  thumbnailUrl: string | null;
  createdAt: string;
}
export interface AssetRelative {
  id: string;
  relation: string;
  deleted: boolean;
  thumbnailUrl: string | null;
}
export interface AssetDetail extends AssetView {
  parameters: Record<string, unknown>;
  metadata: Record<string, unknown>;
  lineage: { parents: AssetRelative[]; children: AssetRelative[] };
  cost: { jobCharged: string; outputs: number; share: string; gpuSeconds: number; gpuClass: string | null } | null;
}

export interface ModelView {
  id: string;
  slug: string;
  name: string;
  type: string;
  operations: string[];
  simulated: boolean;
  isDefault: boolean;
}
export interface PlanView {
  plan: string;
  name: string;
  creditsPerMonth: string;
  limits: { sideMax: number | null; apiKeys: boolean } & Record<string, unknown>;
  period: { startsAt: string; endsAt: string };
}
