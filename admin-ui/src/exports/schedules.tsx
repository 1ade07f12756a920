import { adminWords, Button, ConfirmDialog, ErrorState, formatDateTime, LoadingRows } from '@atelier/ui-kit';
import { deleteExportsSchedulesById } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { schedulesQuery, type ScheduleView } from './exports.js';

const w = adminWords.exports;

export function Schedules({ onAdd }: { onAdd: () => void }) {
  const { data, error, refetch } = useQuery(schedulesQuery);
  return (
    <section className="mt-10" aria-labelledby="export-schedules">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <h2 id="export-schedules" className="text-16 font-semibold">
          {w.schedules}
        </h2>
        <Button size="small" onClick={onAdd}>
          {w.addSchedule}
        </Button>
      </div>
      {error && <ErrorState error={error} onRetry={() => void refetch()} inline />}
      {!data && !error && <LoadingRows rows={2} className="h-12" />}
      {data?.data.length === 0 && <p className="text-ink-soft">{w.noSchedules}</p>}
      <ul className="flex flex-col">
        {data?.data.map((schedule) => (
          <Schedule key={schedule.id} schedule={schedule} />
        ))}
      </ul>
    </section>
  );
}

function Schedule({ schedule: { id, format, every, timeZone, nextAt } }: { schedule: ScheduleView }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const end = useMutation<unknown, Error, void>({
    mutationFn: () => deleteExportsSchedulesById({ path: { id } }),
    onSuccess: () => {
      setAsking(false);
      void queries.invalidateQueries({ queryKey: ['exports', 'schedules'] });
    },
  });
  const name = `${w.formats[format]}, ${w.periods[every]}`;
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 border-b border-line py-3 last:border-0">
      <div className="min-w-0">
        <p className="font-medium">{name}</p>
        <p className="text-13 text-ink-soft">{w.next(formatDateTime(nextAt, timeZone), timeZone)}</p>
      </div>
      <Button size="small" aria-label={w.endOf(name)} onClick={() => setAsking(true)}>
        {w.end}
      </Button>
      <ConfirmDialog open={asking} onClose={() => setAsking(false)} title={w.endTitle} text={w.endText} verb={w.end} action={end} />
    </li>
  );
}
