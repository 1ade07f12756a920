/** A person. One account may belong to several tenants. */
export interface UserView {
  id: string;
  email: string;
  name: string;
  createdAt: Date;
}

/** What only the person themselves and the accounts wing may know. */
export interface Account extends UserView {
  passwordHash: string | null;
  emailVerifiedAt: Date | null;
  operator: boolean;
  defaultTenantId: string;
}

/** The one spelling under which an address is stored and looked up. */
export const normalEmail = (email: string): string => email.normalize('NFKC').trim().toLowerCase();
