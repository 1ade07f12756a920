import { EmptyState, jobsQuery, type JobView, Loading, PagedList, Skeleton, studioWords, usePaged } from '@atelier/ui-kit';
import { Lock, Sparkle } from 'lucide-react';
import { JobCard } from '../jobs/job-card.js';
import { isOver } from '../jobs/job-facts.js';

const w = studioWords.create;
/** Jobs followed by a stream of their own at once; further ones are asked about. Browsers share six connections among all tabs of a site. */
const STREAMS = 2;

/** Those at work come before those that wait. */
function streamed(jobs: readonly JobView[]): ReadonlySet<string> {
  const live = jobs.filter((job) => !isOver(job));
  const ordered = [...live.filter(({ status }) => status !== 'queued'), ...live.filter(({ status }) => status === 'queued')];
  return new Set(ordered.slice(0, STREAMS).map(({ id }) => id));
}

/** One's jobs, newest first: running ones show themselves at work, finished ones their pictures. Survives a refresh because the server knows them. */
export function Results({ canMake, onSample }: { canMake: boolean; onSample: (prompt: string) => void }) {
  const { rows: jobs, query } = usePaged(jobsQuery({ limit: 10 }));
  const streams = streamed(jobs);
  const empty = canMake ? <FirstTime onSample={onSample} /> : <EmptyState icon={<Lock aria-hidden />} title={w.viewer} />;
  return (
    <section aria-label={w.results} className="min-w-0 px-4 pt-2 pb-40 md:px-6 md:pt-5 md:pb-16">
      <PagedList rows={jobs} query={query} empty={empty} skeleton={<ResultsSkeleton />}>
        <ol className="flex flex-col divide-y divide-line">
          {jobs.map((job) => (
            <li key={job.id} className="py-6 first:pt-0">
              <JobCard job={job} stream={streams.has(job.id)} />
            </li>
          ))}
        </ol>
      </PagedList>
    </section>
  );
}

const ResultsSkeleton = () => (
  <Loading className="flex flex-col gap-4">
    <Skeleton className="h-5 w-2/3" />
    <div className="grid max-w-3xl grid-cols-2 gap-3">
      <Skeleton className="aspect-square" />
      <Skeleton className="aspect-square" />
    </div>
  </Loading>
);

function FirstTime({ onSample }: { onSample: (prompt: string) => void }) {
  return (
    <EmptyState icon={<Sparkle aria-hidden />} title={w.emptyTitle}>
      <p>{w.emptyText}</p>
      <ul className="mt-4 flex flex-col gap-2">
        {w.samples.map((sample) => (
          <li key={sample}>
            <button
              type="button"
              onClick={() => onSample(sample)}
              className="w-full rounded-house border border-line bg-surface px-4 py-3 text-left text-ink hover:border-line-strong"
            >
              {sample}
            </button>
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
