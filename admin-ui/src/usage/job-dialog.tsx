import {
  adminWords,
  buttonClass,
  creditsWithUnit,
  Dialog,
  ErrorState,
  formatCredits,
  formatSeconds,
  Lines,
  LoadingRows,
  meQuery,
  type UsageRow,
} from '@atelier/ui-kit';
import { getJobsByIdExplain } from '@atelier/ui-kit/client';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { nameOfRow } from './rows.js';

const w = adminWords.usage;

/** What a job cost and why, down to the lines of its price. */
export function JobDialog({ row, onClose }: { row: UsageRow; onClose: () => void }) {
  const mayRead = useSuspenseQuery(meQuery).data.permissions.includes('job:read');
  return (
    <Dialog
      open
      onClose={onClose}
      title={nameOfRow(row, 'job')}
      description={<span className="font-mono text-12 break-all">{row.key}</span>}
      footer={
        mayRead && (
          <a href={`/jobs/${row.key}`} className={buttonClass()}>
            {w.openJob}
          </a>
        )
      }
    >
      {mayRead ? <Explanation id={row.key} /> : <p>{w.charged(creditsWithUnit(row.credits))}</p>}
    </Dialog>
  );
}

function Explanation({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({ queryKey: ['job', 'explain', id], queryFn: () => getJobsByIdExplain({ path: { id } }) });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} inline />;
  if (!data) return <LoadingRows rows={4} className="h-6" />;
  return (
    <div className="flex flex-col gap-4">
      <Lines
        rows={data.quote.lines.map((line) => ({ label: line.description, amount: formatCredits(line.credits) }))}
        total={{ label: w.quote(data.quote.priceListVersion), amount: creditsWithUnit(data.quote.credits) }}
      />
      <Lines rows={[]} total={{ label: w.chargedLabel, amount: creditsWithUnit(data.credits.charged) }} />
      {data.rule && <p className="text-13 text-ink-soft">{data.rule}</p>}
      <p className="text-13 text-ink-soft">{w.work(formatSeconds(data.gpu.seconds, true), data.gpu.class ?? w.noMachine, data.attempts.length)}</p>
    </div>
  );
}
