/** What a tenant may decide about itself. Unknown keys are refused at the door. */
export interface TenantSettings {
  /** Longest life of a new API key in days; null or absent: no limit. */
  apiKeyMaxDays?: number | null;
}

/** The organisation that pays. Registration makes a tenant of one person. */
export interface Tenant {
  id: string;
  name: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  timeZone: string;
  settings: TenantSettings;
  createdAt: Date;
  /** Since when every request of the tenant is refused; null: not suspended. */
  suspendedAt: Date | null;
}

/** A tenant as the operator's list shows it: no content, no names of members but the owner's address. */
export interface OperatorTenant extends Tenant {
  /** Active members. */
  members: number;
  ownerEmail: string | null;
  plan: string;
}
