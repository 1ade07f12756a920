import {
  adminWords,
  Badge,
  buttonClass,
  type Column,
  dayIn,
  EmptyState,
  formatDateTime,
  formatDay,
  formatMicros,
  type InvoiceView,
  localZone,
  offersQuery,
  paged,
  PagedList,
  PageFrame,
  Table,
  type Tone,
  usePaged,
} from '@atelier/ui-kit';
import { getBillingInvoices } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { ReceiptText } from 'lucide-react';
import { Guarded } from '../page-states.js';
import { PaymentNotices, PortalButton, useMayPay } from '../plan/payment-notices.js';

const w = adminWords.invoices;
const invoicesQuery = paged(['invoices'], (cursor) => getBillingInvoices({ query: { limit: 25, cursor } }));

export default function InvoicesPage() {
  return (
    <Guarded right="billing:read">
      <Invoices />
    </Guarded>
  );
}

function Invoices() {
  const { rows, query } = usePaged(invoicesQuery);
  const { data: offers } = useQuery(offersQuery);
  const mayPay = useMayPay();
  return (
    <PageFrame title={adminWords.pages.invoices} about={w.about} action={mayPay && offers?.billing && rows.length > 0 && <PortalButton />}>
      <div className="flex flex-col gap-6">
        <PaymentNotices onInvoices />
        <PagedList
          rows={rows}
          query={query}
          empty={
            <EmptyState icon={<ReceiptText aria-hidden />} title={w.empty}>
              {w.emptyText}
            </EmptyState>
          }
        >
          <Table caption={adminWords.pages.invoices} columns={COLUMNS} rows={rows} rowKey={({ id }) => id} />
        </PagedList>
      </div>
    </PageFrame>
  );
}

const money = (micros: string, { currency }: InvoiceView): string => formatMicros(micros, undefined, currency);
const TONES: Record<string, Tone> = { paid: 'good', open: 'warn', uncollectible: 'bad' };
const nameOf = ({ number }: InvoiceView): string => number ?? w.draft;
const dayOf = (at: string): string => formatDay(dayIn(localZone, new Date(at)));
const periodOf = ({ periodStartsAt, periodEndsAt }: InvoiceView): string =>
  periodStartsAt === periodEndsAt ? dayOf(periodStartsAt) : adminWords.plan.fromTo(dayOf(periodStartsAt), dayOf(periodEndsAt));
const restOf = ({ status, totalMicros, paidMicros }: InvoiceView): bigint => (status === 'open' ? BigInt(totalMicros) - BigInt(paidMicros) : 0n);

const COLUMNS: readonly Column<InvoiceView>[] = [
  {
    key: 'number',
    header: w.number,
    rowHeader: true,
    cell: (invoice) => (
      <>
        {nameOf(invoice)}
        <span className="num block text-12 font-normal text-ink-faint">{periodOf(invoice)}</span>
      </>
    ),
  },
  {
    key: 'status',
    header: w.status,
    cell: ({ status }) => <Badge tone={TONES[status] ?? 'neutral'}>{w.statuses[status as keyof typeof w.statuses] ?? status}</Badge>,
  },
  {
    key: 'total',
    header: w.total,
    numeric: true,
    cell: (invoice) => (
      <>
        {money(invoice.totalMicros, invoice)}
        {invoice.taxMicros !== '0' && <span className="block text-12 text-ink-faint">{w.tax(money(invoice.taxMicros, invoice))}</span>}
        {restOf(invoice) > 0n && restOf(invoice) < BigInt(invoice.totalMicros) && (
          <span className="block text-12 text-ink-soft">{w.rest(money(String(restOf(invoice)), invoice))}</span>
        )}
      </>
    ),
  },
  { key: 'issued', header: w.issued, numeric: true, from: 'tablet', cell: ({ issuedAt }) => formatDateTime(issuedAt) },
  { key: 'documents', header: w.documents, numeric: true, cell: (invoice) => <Documents invoice={invoice} /> },
];

/** They are the payment service's own pages, so they open beside this one. */
function Documents({ invoice }: { invoice: InvoiceView }) {
  const due = restOf(invoice) > 0n;
  const name = nameOf(invoice);
  return (
    <span className="inline-flex flex-wrap justify-end gap-1">
      {invoice.pageUrl && (
        <a
          href={invoice.pageUrl}
          target="_blank"
          rel="noreferrer"
          className={buttonClass(due ? 'plain' : 'quiet', 'small')}
          aria-label={due ? w.payOf(name) : w.viewOf(name)}
        >
          {due ? w.pay : w.view}
        </a>
      )}
      {invoice.fileUrl && (
        <a href={invoice.fileUrl} target="_blank" rel="noreferrer" className={buttonClass('quiet', 'small')} aria-label={w.pdfOf(name)}>
          {w.pdf}
        </a>
      )}
    </span>
  );
}
