import { adminWords, Button, EmptyState, localZone, PagedList, PageFrame, usePaged } from '@atelier/ui-kit';
import { getTenant } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FileDown } from 'lucide-react';
import { useState } from 'react';
import { Guarded } from '../page-states.js';
import { daysOf, zonesOf } from '../usage/range.js';
import { ExportCard } from './export-card.js';
import { ExportDialog, ScheduleDialog } from './export-dialog.js';
import { exportsQuery } from './exports.js';
import { Schedules } from './schedules.js';

const w = adminWords.exports;

export default function ExportsPage() {
  return (
    <Guarded right="usage:export">
      <Exports />
    </Guarded>
  );
}

function Exports() {
  const search = useSearch({ from: '/exports' });
  const navigate = useNavigate();
  const { rows, query } = usePaged(exportsQuery);
  const tenant = useQuery({ queryKey: ['tenant'], queryFn: () => getTenant(), staleTime: 60_000 });
  const [scheduling, setScheduling] = useState(false);
  const zone = search.zone ?? tenant.data?.timeZone ?? localZone;
  const zones = zonesOf([zone, tenant.data?.timeZone ?? 'UTC', localZone]);
  const ordering = (make: boolean): void => void navigate({ to: '/exports', search: { ...search, make: make || undefined }, replace: true });
  const make = (
    <Button kind="main" onClick={() => ordering(true)}>
      {w.make}
    </Button>
  );
  return (
    <PageFrame title={adminWords.pages.exports} about={w.about} action={rows.length > 0 && make}>
      <PagedList
        rows={rows}
        query={query}
        empty={
          <EmptyState icon={<FileDown aria-hidden />} title={w.empty} action={make}>
            {w.emptyText}
          </EmptyState>
        }
      >
        <ul aria-label={adminWords.pages.exports} className="flex flex-col gap-3">
          {rows.map((file) => (
            <ExportCard key={file.id} file={file} />
          ))}
        </ul>
      </PagedList>
      <Schedules onAdd={() => setScheduling(true)} />
      {/* The zone of the workspace decides what the form begins with. */}
      {search.make && !tenant.isPending && <ExportDialog days={daysOf(search, zone, new Date())} zones={zones} onClose={() => ordering(false)} />}
      {scheduling && <ScheduleDialog zones={zones} onClose={() => setScheduling(false)} />}
    </PageFrame>
  );
}
