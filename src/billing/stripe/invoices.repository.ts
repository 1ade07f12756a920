import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Invoice } from './invoice.js';

type InvoiceRow = Omit<Invoice, 'totalMicros' | 'taxMicros' | 'paidMicros'> & { totalMicros: string; taxMicros: string; paidMicros: string };

const COLUMNS = `id, invoice_id AS "invoiceId", number, status, reason, currency, total_micros AS "totalMicros", tax_micros AS "taxMicros", paid_micros AS "paidMicros",
  period_starts_at AS "periodStartsAt", period_ends_at AS "periodEndsAt", issued_at AS "issuedAt", page_url AS "pageUrl", file_url AS "fileUrl", failures`;

const toInvoice = (row: InvoiceRow): Invoice => ({
  ...row,
  totalMicros: BigInt(row.totalMicros),
  taxMicros: BigInt(row.taxMicros),
  paidMicros: BigInt(row.paidMicros),
});

@Injectable()
export class InvoicesRepository {
  async find(em: EntityManager, tenantId: string, invoiceId: string): Promise<Invoice | null> {
    const [row] = await rows<InvoiceRow>(em, `SELECT ${COLUMNS} FROM invoice WHERE tenant_id = $1 AND invoice_id = $2 FOR UPDATE`, [tenantId, invoiceId]);
    return row ? toInvoice(row) : null;
  }

  async keep(em: EntityManager, tenantId: string, i: Invoice): Promise<void> {
    await rows(
      em,
      `INSERT INTO invoice (tenant_id, id, invoice_id, number, status, reason, currency, total_micros, tax_micros, paid_micros, period_starts_at, period_ends_at, issued_at,
         page_url, file_url, failures) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
       ON CONFLICT (tenant_id, invoice_id) DO UPDATE SET number = $4, status = $5, reason = $6, total_micros = $8, tax_micros = $9, paid_micros = $10, period_starts_at = $11,
         period_ends_at = $12, issued_at = $13, page_url = $14, file_url = $15, failures = $16`,
      [
        ...[tenantId, i.id, i.invoiceId, i.number, i.status, i.reason, i.currency, i.totalMicros, i.taxMicros, i.paidMicros],
        ...[i.periodStartsAt, i.periodEndsAt, i.issuedAt, i.pageUrl, i.fileUrl, i.failures],
      ],
    );
  }

  /** All charges of an invoice are written together. */
  async isCharged(em: EntityManager, keys: readonly string[]): Promise<boolean> {
    return (await rows(em, 'SELECT FROM charge WHERE idem_key = ANY ($1) LIMIT 1', [keys])).length > 0;
  }

  async wentBack(em: EntityManager, tenantId: string, invoiceId: string): Promise<{ backMicros: bigint; disputed: boolean }> {
    const sql = 'SELECT back_micros, disputed FROM invoice WHERE tenant_id = $1 AND invoice_id = $2';
    const [row] = await rows<{ back_micros: string; disputed: boolean }>(em, sql, [tenantId, invoiceId]);
    return { backMicros: BigInt(row?.back_micros ?? 0), disputed: row?.disputed ?? false };
  }

  async noteWentBack(em: EntityManager, tenantId: string, invoiceId: string, seen: { backMicros: bigint; disputed: boolean }): Promise<void> {
    const sql = 'UPDATE invoice SET back_micros = $3, disputed = $4 WHERE tenant_id = $1 AND invoice_id = $2';
    await rows(em, sql, [tenantId, invoiceId, seen.backMicros, seen.disputed]);
  }

  /** The credits that an invoice paid for. */
  async monthOf(em: EntityManager, tenantId: string, invoiceId: string): Promise<{ grantId: string; amountMilli: bigint } | null> {
    const [row] = await rows<{ id: string; amount_milli: string }>(
      em,
      'SELECT g.id, g.amount_milli FROM charge c JOIN credit_grant g ON g.tenant_id = c.tenant_id AND g.id = c.grant_id WHERE c.tenant_id = $1 AND c.idem_key = $2',
      [tenantId, `invoice/${invoiceId}`],
    );
    return row ? { grantId: row.id, amountMilli: BigInt(row.amount_milli) } : null;
  }

  /** The plan's credits of the present month, when no charge has bought them yet. */
  async unpaidMonth(em: EntityManager, tenantId: string): Promise<string | null> {
    const [row] = await rows<{ id: string }>(
      em,
      `SELECT g.id FROM tenant_plan t CROSS JOIN LATERAL plan_period(t.period_anchor, now()) AS period
       JOIN credit_grant g ON g.tenant_id = t.tenant_id AND g.idem_key = plan_grant_key(t.plan, t.version, period.starts_at)
       WHERE t.tenant_id = $1 AND NOT EXISTS (SELECT FROM charge c WHERE c.tenant_id = g.tenant_id AND c.grant_id = g.id)`,
      [tenantId],
    );
    return row?.id ?? null;
  }

  /** Newest first, below the one of the cursor when given. */
  async list(em: EntityManager, tenantId: string, limit: number, before: { at: string; id: string } | null): Promise<Invoice[]> {
    const found = await rows<InvoiceRow>(
      em,
      `SELECT ${COLUMNS} FROM invoice WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (issued_at, id) < ($2, $3::uuid)) ORDER BY issued_at DESC, id DESC LIMIT $4`,
      [tenantId, before?.at ?? null, before?.id ?? null, limit],
    );
    return found.map(toInvoice);
  }
}
