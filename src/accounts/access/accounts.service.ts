import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { invalid } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { Members } from '../members/index.js';
import { Tenants } from '../tenants/index.js';
import { normalEmail, PasswordHasher, passwordFaults, Users } from '../users/index.js';

export interface Registration {
  email: string;
  password: string;
  name: string;
  /** The person's own name when left out. */
  tenantName?: string;
  /** A platform operator; only the first start asks for one. */
  operator?: boolean;
}
export interface Registered {
  userId: string;
  tenantId: string;
  email: string;
  name: string;
  tenantName: string;
}

/** Makes accounts: a person, a tenant of one, the membership that makes them its owner. */
@Injectable()
export class Accounts {
  constructor(
    private readonly system: SystemTx,
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly members: Members,
    private readonly hasher: PasswordHasher,
  ) {}

  async exists(email: string): Promise<boolean> {
    return (await this.users.findAccountByEmail(email)) !== undefined;
  }

  /** For the first start. @throws 409 `email_taken`, 422. */
  async registerTenant(wish: Registration): Promise<{ userId: string; tenantId: string }> {
    const { userId, tenantId } = await this.register(wish, { requestId: 'first start' }, () => Promise.resolve());
    return { userId, tenantId };
  }

  /** `open` runs in the same transaction: whoever got an account is signed in, and nobody is signed in to half of one. */
  async register<T>(
    wish: Registration,
    from: { requestId: string; ip?: string },
    open: (em: EntityManager, made: Registered) => Promise<T>,
  ): Promise<Registered & { opened: T }> {
    const email = normalEmail(wish.email);
    const name = wish.name.trim();
    const tenantName = wish.tenantName?.trim() ?? name;
    const faults = passwordFaults(wish.password, '/password', [email, name]);
    if (faults.length > 0) throw invalid(faults);
    // Hashed before the address is looked up, so that a taken one is refused no sooner than a free one is accepted.
    const passwordHash = await this.hasher.hash(wish.password);
    return this.system.run('register', async (em) => {
      const made: Registered = { userId: newId(), tenantId: newId(), email, name, tenantName };
      await this.tenants.create(em, { tenantId: made.tenantId, actor: { kind: 'system', name: 'registration' }, ...from }, tenantName);
      await this.users.create(em, { id: made.userId, email, name, passwordHash, operator: wish.operator ?? false, defaultTenantId: made.tenantId });
      await this.members.add(em, made.tenantId, made.userId, 'owner');
      return { ...made, opened: await open(em, made) };
    });
  }
}
