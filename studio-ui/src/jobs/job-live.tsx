import { Button, clsx, formatRemaining, type JobView, ProgressBar, studioWords, toast, toProblem } from '@atelier/ui-kit';
import { deleteJobsById } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { countOf, type Standing, titleOf } from './job-facts.js';

const w = studioWords.job;

export function useCancel(jobId: string): { cancel: () => void; busy: boolean } {
  const queries = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => deleteJobsById({ path: { id: jobId } }),
    onError: (error) => toast(toProblem(error).message),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  return { cancel: () => mutate(), busy: isPending };
}

/** A job at work: its places already laid out, the first one showing what is there so far. */
export function JobLive({ job, standing }: { job: JobView; standing: Standing }) {
  const { cancel, busy } = useCancel(job.id);
  const { step, etaSeconds, progress, stage } = standing;
  const details = [step && w.step(step.at, step.of), etaSeconds !== null && etaSeconds > 0 && w.left(formatRemaining(etaSeconds))].filter(Boolean);
  return (
    <div className="flex flex-col gap-3">
      <div className="max-md:order-last">
        <Places job={job} preview={standing.preview} />
      </div>
      <ProgressBar value={progress} label={`${w.progress}: ${titleOf(job)}`} className={widthClass(countOf(job))} />
      <div className={clsx('flex items-center justify-between gap-4', widthClass(countOf(job)))}>
        <p className="num text-13">
          <span className="font-medium">{stage}</span>
          {details.length > 0 && <span className="text-ink-soft"> · {details.join(' · ')}</span>}
        </p>
        <Button size="small" busy={busy} disabled={standing.cancelling} onClick={cancel}>
          {w.cancel}
        </Button>
      </div>
      <Announcer text={stage} />
    </div>
  );
}

/** Says each new stage once; steps would talk without end. */
function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), 500);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}

/** More places than this are counted, not drawn. */
const PLACES = 8;

function Places({ job, preview }: { job: JobView; preview: string | null }) {
  const count = countOf(job);
  const { width = 1, height = 1 } = (job.parameters ?? {}) as { width?: number; height?: number };
  return (
    <div className={gridClass(count)}>
      {Array.from({ length: Math.min(count, PLACES) }, (_, index) => (
        <div
          key={index}
          className={clsx('relative overflow-hidden rounded-house', !(index === 0 && preview) && 'skeleton')}
          style={{ aspectRatio: `${width} / ${height}` }}
        >
          {index === 0 && preview && <img src={preview} alt={w.preview} className="h-full w-full object-cover" />}
        </div>
      ))}
    </div>
  );
}

/** One picture stands alone at a size one can judge; several share rows. */
export function gridClass(count: number): string {
  return clsx(
    'grid gap-3',
    widthClass(count),
    count === 1 ? 'grid-cols-1' : count === 2 ? 'grid-cols-2' : count === 3 ? 'grid-cols-3' : 'grid-cols-2 xl:grid-cols-4',
  );
}

function widthClass(count: number): string {
  return count === 1 ? 'max-w-lg' : count === 2 ? 'max-w-3xl' : 'max-w-5xl';
}
