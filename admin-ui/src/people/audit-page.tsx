import {
  adminWords,
  type AuditEntry,
  Badge,
  Button,
  type Column,
  Dialog,
  EmptyState,
  ErrorState,
  Field,
  formatDateTime,
  formatExact,
  formatNumber,
  Input,
  localZone,
  paged,
  PagedList,
  PageFrame,
  Table,
  usePaged,
} from '@atelier/ui-kit';
import { type AuditVerificationDto, getTenantAudit, getTenantAuditVerify } from '@atelier/ui-kit/client';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ScrollText, ShieldCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Guarded } from '../page-states.js';

const w = adminWords.audit;

export default function AuditPage() {
  return (
    <Guarded right="audit:read">
      <AuditLog />
    </Guarded>
  );
}

function AuditLog() {
  const verify = useMutation({ mutationFn: () => getTenantAuditVerify() });
  return (
    <PageFrame
      title={adminWords.pages.audit}
      about={w.about}
      action={
        <Button kind="main" icon={<ShieldCheck aria-hidden className="size-4" />} busy={verify.isPending} onClick={() => verify.mutate()}>
          {w.verify}
        </Button>
      }
    >
      <div role="status" className="not-empty:mb-5">
        {verify.data && <Verdict result={verify.data} />}
      </div>
      {verify.error && (
        <div className="mb-5">
          <ErrorState error={verify.error} inline />
        </div>
      )}
      <Filter />
      <Entries />
    </PageFrame>
  );
}

function Verdict({ result }: { result: AuditVerificationDto }) {
  const { fault } = result;
  return (
    <p className="flex flex-wrap items-center gap-2">
      <Badge tone={result.ok ? 'good' : 'bad'}>
        {fault ? w.broken(formatNumber(fault.seq), w.reasons[fault.reason as 'missing'] ?? fault.reason) : w.verified(formatNumber(result.sealed))}
      </Badge>
      {result.unsealed > 0 && <span className="text-13 text-ink-soft">{w.waiting(formatNumber(result.unsealed))}</span>}
    </p>
  );
}

function Filter() {
  const { action } = useSearch({ from: '/audit' });
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('action')).trim();
    void navigate({ to: '/audit', search: { action: text || undefined } });
  };
  return (
    <form key={action} onSubmit={submit} className="mb-4 max-w-sm">
      <Field label={w.filter} hint={w.filterHint}>
        {(ids) => <Input {...ids} name="action" defaultValue={action} type="search" />}
      </Field>
    </form>
  );
}

const who = (entry: AuditEntry): string => w.kinds[entry.actor.kind as 'user'] ?? entry.actor.kind;

function columnsWith(onShow: (entry: AuditEntry) => void): readonly Column<AuditEntry>[] {
  return [
    { key: 'action', header: w.action, rowHeader: true, cell: (entry) => <span className="font-mono text-13">{entry.action}</span> },
    {
      key: 'who',
      header: w.who,
      from: 'tablet',
      cell: (entry) => (
        <>
          {who(entry)}
          <span className="block max-w-48 truncate font-mono text-12 text-ink-faint">{entry.actor.userId ?? entry.actor.via}</span>
        </>
      ),
    },
    {
      key: 'target',
      header: w.target,
      from: 'desktop',
      cell: (entry) => <span className="block max-w-48 truncate font-mono text-12">{entry.target ?? '–'}</span>,
    },
    { key: 'ip', header: w.ip, from: 'desktop', cell: (entry) => <span className="num">{entry.ip ?? '–'}</span> },
    {
      key: 'when',
      header: w.when,
      numeric: true,
      cell: (entry) => (
        <time dateTime={entry.at} title={formatExact(entry.at)}>
          {formatDateTime(entry.at)}
        </time>
      ),
    },
    {
      key: 'change',
      header: w.change,
      numeric: true,
      from: 'tablet',
      cell: (entry) =>
        entry.before || entry.after ? (
          <Button size="small" onClick={() => onShow(entry)} aria-label={`${w.show}: ${entry.action}`}>
            {w.show}
          </Button>
        ) : (
          '–'
        ),
    },
  ];
}

const entriesQuery = (action: string | undefined) => paged(['audit', action], (cursor) => getTenantAudit({ query: { limit: 50, action, cursor } }));

function Entries() {
  const { action } = useSearch({ from: '/audit' });
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const { rows, query } = usePaged(entriesQuery(action));
  return (
    <>
      <PagedList rows={rows} query={query} empty={<EmptyState icon={<ScrollText aria-hidden />} title={action ? w.emptyFiltered : w.empty} />}>
        <p className="mb-1 text-12 text-ink-faint">{w.zone(localZone)}</p>
        <Table caption={adminWords.pages.audit} columns={columnsWith(setShown)} rows={rows} rowKey={({ id }) => id} />
      </PagedList>
      <Dialog open={shown !== null} onClose={() => setShown(null)} title={shown?.action ?? ''} description={shown && formatExact(shown.at)} wide>
        {shown && <Change entry={shown} />}
      </Dialog>
    </>
  );
}

const Change = ({ entry }: { entry: AuditEntry }) => (
  <div className="grid gap-4 sm:grid-cols-2">
    {(['before', 'after'] as const).map((side) => (
      <section key={side} aria-label={w[side]}>
        <h3 className="mb-1 text-13 font-medium">{w[side]}</h3>
        <pre tabIndex={0} className="overflow-x-auto rounded-house border border-line bg-sunk p-3 font-mono text-12">
          {entry[side] ? JSON.stringify(entry[side], null, 2) : '–'}
        </pre>
      </section>
    ))}
  </div>
);
