import {
  compareCredits,
  creditsWithUnit,
  formatAgo,
  formatExact,
  type JobView,
  jobQuery,
  StateChip,
  studioWords,
  useJobEnded,
  useJobPulse,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert } from 'lucide-react';
import { useEffect } from 'react';
import { isOver, operationName, specOf, standingOf, titleOf } from './job-facts.js';
import { gridClass, JobLive } from './job-live.js';
import { Money } from './money.js';
import { Picture } from './picture.js';

const w = studioWords.job;
/** How often a job without a stream of its own is asked about. */
const POLL_MS = 2_000;
/** With a stream this only covers a stream that broke unnoticed. */
const SAFETY_MS = 10_000;

export function useLiveJob(listed: JobView, stream: boolean) {
  const { data: job = listed, dataUpdatedAt } = useQuery({
    ...jobQuery(listed.id),
    initialData: listed,
    staleTime: 1_000,
    enabled: !isOver(listed),
    refetchInterval: (query) => (isOver(query.state.data ?? listed) ? false : stream ? SAFETY_MS : POLL_MS),
  });
  const current = isOver(listed) ? listed : job;
  const pulse = useJobPulse(listed.id, stream && !isOver(current));
  const ended = useJobEnded();
  const over = isOver(current) && !isOver(listed);
  useEffect(() => {
    if (over) ended();
  }, [over, ended]);
  return { job: current, standing: standingOf(current, pulse, dataUpdatedAt) };
}

/** One job among the results. */
export function JobCard({ job: listed, stream }: { job: JobView; stream: boolean }) {
  const { job, standing } = useLiveJob(listed, stream);
  return (
    <article aria-label={titleOf(job)} className="flex flex-col gap-3">
      <JobHead job={job} />
      {isOver(job) ? <JobEnd job={job} /> : <JobLive job={job} standing={standing} />}
    </article>
  );
}

function JobHead({ job }: { job: JobView }) {
  const facts = [job.operation !== 'txt2img' && operationName(job.operation), specOf(job)].filter(Boolean).join(' · ');
  return (
    <header className="flex max-w-5xl items-start justify-between gap-4">
      <div className="min-w-0">
        <h2 className="line-clamp-2 font-medium text-pretty">{titleOf(job)}</h2>
        <p className="num mt-0.5 flex flex-wrap gap-x-2 text-12 text-ink-faint">
          {facts && <span>{facts}</span>}
          <time dateTime={job.createdAt} title={formatExact(job.createdAt)}>
            {formatAgo(job.createdAt)}
          </time>
          <Money job={job} />
          <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="underline decoration-line-strong underline-offset-4 hover:text-ink">
            {w.open}
          </Link>
        </p>
      </div>
      {isOver(job) && (
        <Link to="/" search={{ from: job.id }} className="shrink-0 text-13 text-ink-soft underline decoration-line-strong underline-offset-4 hover:text-ink">
          {w.again}
        </Link>
      )}
    </header>
  );
}

export function JobEnd({ job }: { job: JobView }) {
  const alt = titleOf(job);
  return (
    <>
      {job.status !== 'succeeded' && <NotDone job={job} />}
      {job.outputs.length > 0 && (
        <ul className={gridClass(job.outputs.length)}>
          {job.outputs.map((output, index) => (
            <li key={output.assetId}>
              <Picture {...output} simulated={job.simulated} alt={job.outputs.length > 1 ? `${alt} (${w.pictureOf(index + 1, job.outputs.length)})` : alt} />
            </li>
          ))}
        </ul>
      )}
      {job.failedOutputs && job.failedOutputs.length > 0 && (
        <p className="flex items-center gap-2 text-13 text-ink-soft">
          <CircleAlert aria-hidden className="size-4 text-warn" />
          {w.failedOutputs(job.failedOutputs.length)} {job.failedOutputs[0]!.message}
        </p>
      )}
    </>
  );
}

/** Failed or cancelled: why, and whether anything was charged. */
function NotDone({ job }: { job: JobView }) {
  const charged = compareCredits(job.credits.charged, '0') > 0;
  return (
    <div className="flex max-w-3xl flex-wrap items-center gap-x-3 gap-y-2 rounded-house border border-line px-4 py-3">
      <StateChip status={job.status} />
      <p>
        {job.error && <span>{job.error.message} </span>}
        <span className="text-ink-soft">{charged ? w.chargedDespite(creditsWithUnit(job.credits.charged)) : w.notCharged}</span>
      </p>
    </div>
  );
}
