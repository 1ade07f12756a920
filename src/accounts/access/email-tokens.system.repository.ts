import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export type LinkPurpose = 'reset' | 'verify';
export interface EmailToken {
  userId: string;
  email: string;
}

/** Links sent by mail. A person may have several tenants, so they belong to none. */
@Injectable()
export class EmailTokensSystemRepository {
  /** The newest link of a purpose replaces the ones before. */
  async insert(em: EntityManager, token: { hash: Buffer; userId: string; purpose: LinkPurpose; email: string; lifeMs: number }): Promise<void> {
    await this.deleteOf(em, token.userId, token.purpose);
    await rows(
      em,
      'INSERT INTO email_token (token_hash, user_id, purpose, email, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5::float8 / 1000))',
      [token.hash, token.userId, token.purpose, token.email, token.lifeMs],
    );
  }

  async deleteOf(em: EntityManager, userId: string, purpose: LinkPurpose): Promise<void> {
    await rows(em, 'DELETE FROM email_token WHERE user_id = $1 AND purpose = $2', [userId, purpose]);
  }

  async find(em: EntityManager, hash: Buffer, purpose: LinkPurpose): Promise<EmailToken | undefined> {
    return (
      await rows<EmailToken>(
        em,
        'SELECT user_id AS "userId", email FROM email_token WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()',
        [hash, purpose],
      )
    )[0];
  }

  /** Of two that bring the same link, one gets it. */
  async spend(em: EntityManager, hash: Buffer, purpose: LinkPurpose): Promise<EmailToken | undefined> {
    const spent = await rows<EmailToken>(
      em,
      'UPDATE email_token SET used_at = now() WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now() RETURNING user_id AS "userId", email',
      [hash, purpose],
    );
    return spent[0];
  }

  async deleteExpired(em: EntityManager): Promise<void> {
    await rows(em, `DELETE FROM email_token WHERE expires_at < now() - interval '1 day'`);
  }
}
