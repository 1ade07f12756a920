import {
  buttonClass,
  type Column,
  creditsWithUnit,
  EmptyState,
  formatAgo,
  formatExact,
  formatSeconds,
  type JobView,
  jobsQuery,
  LoadingRows,
  PagedList,
  PageFrame,
  Segments,
  StateChip,
  studioWords,
  Table,
  usePaged,
} from '@atelier/ui-kit';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { isOver, operationName, specOf, titleOf } from './job-facts.js';
import { useLiveJob } from './job-card.js';
import { thumbnail } from './picture.js';

const w = studioWords.jobs;
const STATES = { all: undefined, active: 'queued,starting,processing', succeeded: 'succeeded', failed: 'failed', canceled: 'canceled' } as const;
type State = keyof typeof STATES;

const COLUMNS: readonly Column<JobView>[] = [
  { key: 'what', header: w.what, rowHeader: true, cell: (job) => <What job={job} /> },
  { key: 'state', header: w.state, cell: (job) => <State job={job} /> },
  {
    key: 'credits',
    header: w.credits,
    numeric: true,
    from: 'tablet',
    cell: (job) => (isOver(job) ? creditsWithUnit(job.credits.charged) : studioWords.job.running(creditsWithUnit(job.credits.held))),
  },
  { key: 'time', header: w.time, numeric: true, from: 'desktop', cell: (job) => (job.gpu.seconds > 0 ? formatSeconds(job.gpu.seconds, true) : '–') },
  {
    key: 'when',
    header: w.when,
    numeric: true,
    from: 'tablet',
    cell: (job) => (
      <time dateTime={job.createdAt} title={formatExact(job.createdAt)}>
        {formatAgo(job.createdAt)}
      </time>
    ),
  },
];

export default function JobsPage() {
  const { state = 'all' } = useSearch({ from: '/inside/jobs' });
  const navigate = useNavigate();
  const { rows: jobs, query } = usePaged(jobsQuery({ status: STATES[state] }));
  const choose = (next: State): void => void navigate({ to: '/jobs', search: { state: next === 'all' ? undefined : next } });
  return (
    <PageFrame title={studioWords.pages.jobs} about={w.about}>
      <Segments<State>
        label={w.filter}
        value={state}
        options={(Object.keys(STATES) as State[]).map((value) => ({ value, label: w.filters[value] }))}
        onChange={choose}
        className="mb-5 max-w-lg"
      />
      <PagedList rows={jobs} query={query} empty={<NoJobs filtered={state !== 'all'} />} skeleton={<LoadingRows className="h-14" />}>
        <Table caption={studioWords.pages.jobs} columns={COLUMNS} rows={jobs} rowKey={({ id }) => id} />
      </PagedList>
    </PageFrame>
  );
}

function What({ job }: { job: JobView }) {
  const first = job.outputs[0];
  return (
    <Link to="/jobs/$jobId" params={{ jobId: job.id }} className="flex items-center gap-3">
      <span className="size-11 shrink-0 overflow-hidden rounded-small bg-sunk">
        {first && <img src={thumbnail(first.assetId, 256)} alt="" loading="lazy" className="checker size-full object-cover" />}
      </span>
      <span className="min-w-0">
        <span className="line-clamp-1 max-w-md font-medium underline-offset-4 group-hover:underline">{titleOf(job)}</span>
        <span className="num block text-12 font-normal text-ink-faint">{[operationName(job.operation), specOf(job)].filter(Boolean).join(' · ')}</span>
      </span>
    </Link>
  );
}

function State({ job: listed }: { job: JobView }) {
  const { job, standing } = useLiveJob(listed, false);
  return (
    <>
      <StateChip status={standing.status} cancelling={!isOver(job) && standing.cancelling} />
      {!isOver(job) && <span className="mt-1 block text-12 text-ink-faint">{standing.stage}</span>}
    </>
  );
}

function NoJobs({ filtered }: { filtered: boolean }) {
  return (
    <EmptyState
      icon={<ListChecks aria-hidden />}
      title={filtered ? w.emptyFiltered : w.empty}
      action={
        filtered ? (
          <Link to="/jobs" search={{}} className={buttonClass('plain')}>
            {w.showAll}
          </Link>
        ) : (
          <Link to="/" className={buttonClass('main')}>
            {w.emptyAction}
          </Link>
        )
      }
    />
  );
}
