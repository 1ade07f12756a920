import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Account } from './user.js';

const COLUMNS = `id, email, name, created_at AS "createdAt", password_hash AS "passwordHash", email_verified_at AS "emailVerifiedAt", operator, default_tenant_id AS "defaultTenantId"`;

/** SQLSTATE of a broken unique key. */
const UNIQUE_VIOLATION = '23505';

export interface NewAccount {
  id: string;
  email: string;
  name: string;
  passwordHash: string;
  operator: boolean;
  defaultTenantId: string;
}

/** A person's account is theirs, not a tenant's: everything but a colleague's name goes through here. */
@Injectable()
export class UsersSystemRepository {
  async findById(em: EntityManager, id: string, lock: 'none' | 'update' = 'none'): Promise<Account | undefined> {
    return (await rows<Account>(em, `SELECT ${COLUMNS} FROM user_account WHERE id = $1 ${lock === 'update' ? 'FOR UPDATE' : ''}`, [id]))[0];
  }

  async findByEmail(em: EntityManager, email: string): Promise<Account | undefined> {
    return (await rows<Account>(em, `SELECT ${COLUMNS} FROM user_account WHERE email = $1`, [email]))[0];
  }

  operators(em: EntityManager): Promise<{ email: string; tenantId: string }[]> {
    return rows(em, 'SELECT email, default_tenant_id AS "tenantId" FROM user_account WHERE operator ORDER BY id');
  }

  /** False when the address is taken. */
  async insert(em: EntityManager, account: NewAccount): Promise<boolean> {
    const inserted = await rows(
      em,
      `INSERT INTO user_account (id, email, name, password_hash, operator, default_tenant_id) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING RETURNING id`,
      [account.id, account.email, account.name, account.passwordHash, account.operator, account.defaultTenantId],
    );
    return inserted.length > 0;
  }

  /** False when another account has the address; the transaction is then lost. */
  async update(em: EntityManager, account: Pick<Account, 'id' | 'email' | 'name' | 'passwordHash' | 'emailVerifiedAt'>): Promise<boolean> {
    try {
      await rows(em, 'UPDATE user_account SET email = $2, name = $3, password_hash = $4, email_verified_at = $5 WHERE id = $1', [
        account.id,
        account.email,
        account.name,
        account.passwordHash,
        account.emailVerifiedAt,
      ]);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }
}
