import {
  adminWords,
  Badge,
  type Column,
  Dialog,
  EmptyState,
  Facts,
  formatDateTime,
  formatExact,
  type MailMessage,
  paged,
  PagedList,
  PageFrame,
  Table,
  type Tone,
  usePaged,
} from '@atelier/ui-kit';
import { getOperatorMail } from '@atelier/ui-kit/client';
import { MailOpen } from 'lucide-react';
import { useState } from 'react';
import { Guarded } from '../page-states.js';

const w = adminWords.mail;

const TONES: Record<string, Tone> = { sent: 'good', failed: 'bad' };
const Status = ({ message }: { message: MailMessage }) => (
  <Badge tone={TONES[message.status] ?? 'neutral'}>{w.statuses[message.status as 'sent'] ?? message.status}</Badge>
);

export default function MailPage() {
  return (
    <Guarded right="operator:mail">
      <PageFrame title={adminWords.pages.mail} about={w.about}>
        <Messages />
      </PageFrame>
    </Guarded>
  );
}

function columnsWith(onOpen: (message: MailMessage) => void): readonly Column<MailMessage>[] {
  return [
    {
      key: 'subject',
      header: w.subject,
      rowHeader: true,
      cell: (message) => (
        <button
          type="button"
          aria-haspopup="dialog"
          aria-label={w.open(message.subject)}
          onClick={() => onOpen(message)}
          className="text-left underline decoration-line-strong underline-offset-4 hover:decoration-ink"
        >
          {message.subject}
        </button>
      ),
    },
    { key: 'to', header: w.to, cell: (message) => <span className="break-all">{message.to}</span> },
    { key: 'status', header: w.status, from: 'tablet', cell: (message) => <Status message={message} /> },
    { key: 'when', header: w.when, numeric: true, from: 'tablet', cell: (message) => formatDateTime(message.createdAt) },
  ];
}

const mailQuery = paged(['mail'], (cursor) => getOperatorMail({ query: { limit: 50, cursor } }));

function Messages() {
  const [open, setOpen] = useState<MailMessage | null>(null);
  const { rows, query } = usePaged(mailQuery);
  return (
    <>
      <PagedList
        rows={rows}
        query={query}
        empty={
          <EmptyState icon={<MailOpen aria-hidden />} title={w.empty}>
            {w.emptyText}
          </EmptyState>
        }
      >
        <Table caption={adminWords.pages.mail} columns={columnsWith(setOpen)} rows={rows} rowKey={({ id }) => id} />
      </PagedList>
      <Dialog open={open !== null} onClose={() => setOpen(null)} title={open?.subject ?? ''} wide>
        {open && (
          <>
            <Facts
              rows={[
                [w.to, open.to],
                [w.status, <Status key="status" message={open} />],
                [w.when, formatExact(open.sentAt ?? open.createdAt)],
              ]}
            />
            <pre tabIndex={0} aria-label={open.subject} className="mt-4 border-t border-line pt-4 font-sans whitespace-pre-wrap">
              {open.text}
            </pre>
          </>
        )}
      </Dialog>
    </>
  );
}
