import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { SubscriptionState } from './subscription-state.js';

const COLUMNS = `subscription_id AS "subscriptionId", status, plan, version, seats_extra AS "seatsExtra", anchor, period_ends_at AS "periodEndsAt", trial_ends_at AS "trialEndsAt",
  cancel_at AS "cancelAt", paused, covered, grace_ends_at AS "graceEndsAt", next, schedule_id AS "scheduleId", ended_at AS "endedAt"`;

@Injectable()
export class SubscriptionsRepository {
  async find(em: EntityManager, tenantId: string): Promise<SubscriptionState | null> {
    return (await rows<SubscriptionState>(em, `SELECT ${COLUMNS} FROM subscription WHERE tenant_id = $1`, [tenantId]))[0] ?? null;
  }

  /** Whether the payment of an invoice is gone by a dispute, as far as was heard. */
  async isDisputed(em: EntityManager, tenantId: string, invoiceId: string | null): Promise<boolean> {
    return (await rows(em, 'SELECT FROM invoice WHERE tenant_id = $1 AND invoice_id = $2 AND disputed', [tenantId, invoiceId])).length > 0;
  }

  async keep(em: EntityManager, tenantId: string, s: SubscriptionState): Promise<void> {
    await rows(
      em,
      `INSERT INTO subscription (tenant_id, subscription_id, status, plan, version, seats_extra, anchor, period_ends_at, trial_ends_at, cancel_at, paused, grace_ends_at, next,
         schedule_id, ended_at, covered)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
       ON CONFLICT (tenant_id) DO UPDATE SET subscription_id = $2, status = $3, plan = $4, version = $5, seats_extra = $6, anchor = $7, period_ends_at = $8, trial_ends_at = $9,
         cancel_at = $10, paused = $11, grace_ends_at = $12, next = $13, schedule_id = $14, ended_at = $15, covered = $16, seen_at = now()`,
      [
        ...[
          tenantId,
          s.subscriptionId,
          s.status,
          s.plan,
          s.version,
          s.seatsExtra,
          s.anchor,
          s.periodEndsAt,
          s.trialEndsAt,
          s.cancelAt,
          s.paused,
          s.graceEndsAt,
        ],
        ...[s.next && JSON.stringify(s.next), s.scheduleId, s.endedAt, s.covered],
      ],
    );
  }
}
