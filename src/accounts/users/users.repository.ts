import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { UserView } from './user.js';

@Injectable()
export class UsersRepository {
  /** Row level security shows the people of the transaction's tenant only. */
  async findColleague(em: EntityManager, userId: string): Promise<UserView | undefined> {
    return (await rows<UserView>(em, 'SELECT id, email, name, created_at AS "createdAt" FROM user_account WHERE id = $1', [userId]))[0];
  }
}
