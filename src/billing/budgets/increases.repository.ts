import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { BudgetIncrease, IncreaseState } from './budget.js';
import { alreadyAsked } from './budgets.errors.js';

interface Row {
  id: string;
  budget_id: string;
  name: string;
  starts_at: Date;
  ends_at: Date;
  amount_milli: string;
  reason: string;
  state: IncreaseState;
  asked_by: string;
  asked_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
  cursor_at: string;
}

const SELECT = `SELECT i.id, i.budget_id, b.name, i.starts_at, c.ends_at, i.amount_milli, i.reason, i.state, i.asked_by, i.asked_at, i.decided_by, i.decided_at,
    to_char(i.asked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_at
  FROM budget_increase i JOIN budget b ON b.tenant_id = i.tenant_id AND b.id = i.budget_id
  JOIN budget_counter c ON c.tenant_id = i.tenant_id AND c.budget_id = i.budget_id AND c.starts_at = i.starts_at WHERE i.tenant_id = $1`;

@Injectable()
export class IncreasesRepository {
  /** Asks for more in the running period, which is opened when nobody has spent in it. @throws 409 `increase_pending` */
  async insert(em: EntityManager, tenantId: string, wish: { id: string; budgetId: string; amountMilli: bigint; reason: string; by: string }): Promise<void> {
    await rows(em, 'SELECT 1 FROM wallet WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
    await rows(em, 'SELECT budget_open_periods($1)', [tenantId]);
    await rows(
      em,
      `INSERT INTO budget_increase (tenant_id, id, budget_id, starts_at, amount_milli, reason, asked_by)
       SELECT $1, $2, $3, starts_at, $4, $5, $6 FROM budget_counter WHERE tenant_id = $1 AND budget_id = $3 AND starts_at <= now() AND ends_at > now()`,
      [tenantId, wish.id, wish.budgetId, wish.amountMilli, wish.reason, wish.by],
    ).catch((error: unknown) => {
      throw (error as { code?: string }).code === '23505' ? alreadyAsked(error) : error;
    });
  }

  async find(em: EntityManager, tenantId: string, id: string): Promise<BudgetIncrease | null> {
    const [row] = await rows<Row>(em, `${SELECT} AND i.id = $2`, [tenantId, id]);
    return row ? toIncrease(row) : null;
  }

  /** Newest first; `askedBy`: only this person's. */
  async list(
    em: EntityManager,
    tenantId: string,
    askedBy: string | null,
    { after, limit }: { after: { at: string; id: string } | null; limit: number },
  ): Promise<(BudgetIncrease & { cursorAt: string })[]> {
    const found = await rows<Row>(
      em,
      `${SELECT} AND ($2::uuid IS NULL OR i.asked_by = $2) AND ($3::timestamptz IS NULL OR (i.asked_at, i.id) < ($3, $4::uuid)) ORDER BY i.asked_at DESC, i.id DESC LIMIT $5`,
      [tenantId, askedBy, after?.at ?? null, after?.id ?? null, limit],
    );
    return found.map((row) => ({ ...toIncrease(row), cursorAt: row.cursor_at }));
  }

  /** False when somebody decided before. */
  async decide(em: EntityManager, tenantId: string, id: string, state: 'approved' | 'declined', by: string): Promise<boolean> {
    const decided = await rows(
      em,
      `UPDATE budget_increase SET state = $3, decided_by = $4, decided_at = now() WHERE tenant_id = $1 AND id = $2 AND state = 'pending' RETURNING id`,
      [tenantId, id, state, by],
    );
    return decided.length > 0;
  }

  /** False when the period is over. */
  async raise(em: EntityManager, tenantId: string, { budgetId, startsAt, amountMilli }: BudgetIncrease): Promise<boolean> {
    const raised = await rows(
      em,
      `UPDATE budget_counter SET raised_milli = raised_milli + $4 WHERE tenant_id = $1 AND budget_id = $2 AND starts_at = $3 AND ends_at > now() RETURNING starts_at`,
      [tenantId, budgetId, startsAt, amountMilli],
    );
    return raised.length > 0;
  }
}

const toIncrease = (row: Row): BudgetIncrease => ({
  id: row.id,
  budgetId: row.budget_id,
  budgetName: row.name,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  amountMilli: BigInt(row.amount_milli),
  reason: row.reason,
  state: row.state,
  askedBy: row.asked_by,
  askedAt: row.asked_at,
  decidedBy: row.decided_by,
  decidedAt: row.decided_at,
});
