import type { TenantRole } from '@atelier/contracts';

export interface Member {
  userId: string;
  name: string;
  email: string;
  role: TenantRole;
  status: 'active' | 'inactive';
  createdAt: Date;
}

/** What a person is in one tenant; the answer from which every request's rights are built. */
export interface Standing {
  tenantId: string;
  tenantName: string;
  role: TenantRole;
  active: boolean;
  suspended: boolean;
}
