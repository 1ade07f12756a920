import {
  buttonClass,
  Card,
  CopyButton,
  ErrorState,
  Facts,
  formatExact,
  formatMicros,
  formatSeconds,
  jobQuery,
  type JobView,
  LoadingRows,
  PageFrame,
  StateChip,
  studioWords,
  words,
} from '@atelier/ui-kit';
import { getJobsByIdLog } from '@atelier/ui-kit/client';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { PageMissing } from '../page-states.js';
import { curlOf } from './curl.js';
import { JobEnd, useLiveJob } from './job-card.js';
import { isOver, operationName, type Standing, titleOf } from './job-facts.js';
import { JobLive } from './job-live.js';
import { MoneyLines } from './money.js';
import { Parameters } from './parameters.js';
import { Why } from './why.js';

const w = studioWords.job;

export default function JobPage() {
  const { jobId } = useParams({ from: '/inside/jobs/$jobId' });
  const { data, error, refetch } = useQuery(jobQuery(jobId));
  if (error) return 'status' in error && error.status === 404 ? <PageMissing /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data)
    return (
      <PageFrame title={studioWords.jobs.what}>
        <LoadingRows className="h-24" rows={4} />
      </PageFrame>
    );
  return <Loaded listed={data} />;
}

function Loaded({ listed }: { listed: JobView }) {
  const { job, standing } = useLiveJob(listed, true);
  return (
    <PageFrame
      title={titleOf(job)}
      about={<StateChip status={job.status} cancelling={!isOver(job) && job.cancelRequested} />}
      action={
        <Link to="/" search={{ from: job.id }} className={buttonClass('plain')}>
          {w.again}
        </Link>
      }
    >
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_320px]">
        <div className="flex min-w-0 flex-col gap-6">
          <Work job={job} standing={standing} />
          <Why jobId={job.id} />
          <Log jobId={job.id} live={!isOver(job)} />
        </div>
        <Sides job={job} />
      </div>
    </PageFrame>
  );
}

const Work = ({ job, standing }: { job: JobView; standing: Standing }) => (
  <section aria-label={w.outputs} className="flex flex-col gap-3">
    {isOver(job) ? <JobEnd job={job} /> : <JobLive job={job} standing={standing} />}
  </section>
);

function Sides({ job }: { job: JobView }) {
  return (
    <div className="flex flex-col gap-4">
      <Card title={studioWords.asset.cost}>
        <MoneyLines job={job} />
        <Facts
          className="mt-4 border-t border-line pt-3"
          rows={[
            [w.gpu, job.gpu.seconds > 0 ? formatSeconds(job.gpu.seconds, true) : '–'],
            job.gpu.class && [w.machine, job.gpu.class],
            job.gpu.costMicros !== undefined && [studioWords.asset.cost, formatMicros(job.gpu.costMicros)],
          ]}
        />
      </Card>
      {job.parameters && (
        <Card title={w.parameters} aside={<CopyButton label={w.curl} text={curlOf(location.origin, job.operation, job.parameters)} kind="quiet" />}>
          <Parameters parameters={job.parameters} />
        </Card>
      )}
      <Card title={studioWords.asset.details}>
        <Facts
          rows={[
            [studioWords.create.operation, operationName(job.operation)],
            [w.created, formatExact(job.createdAt)],
            job.startedAt && [w.startedAt, formatExact(job.startedAt)],
            job.finishedAt && [w.finishedAt, formatExact(job.finishedAt)],
            [
              w.id,
              <span key="id" className="font-mono text-12 break-all">
                {job.id}
              </span>,
            ],
          ]}
        />
        {job.simulated && <p className="mt-3 border-t border-line pt-3 text-13 text-ink-soft">{words.job.simulatedWhy}</p>}
      </Card>
    </div>
  );
}

function Log({ jobId, live }: { jobId: string; live: boolean }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['jobs', jobId, 'log'],
    queryFn: () => getJobsByIdLog({ path: { id: jobId } }),
    refetchInterval: live ? 3_000 : false,
  });
  return (
    <Card title={w.log}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} inline />}
      {!data && !error && <LoadingRows rows={3} className="h-5" />}
      {data?.entries.length === 0 && <p className="text-ink-soft">{w.logEmpty}</p>}
      <ol className="flex flex-col gap-2 text-13">
        {data?.entries.map(({ at, message }, index) => (
          <li key={index} className="grid gap-x-4 sm:grid-cols-[200px_1fr]">
            <time dateTime={at} className="num text-ink-faint">
              {formatExact(at)}
            </time>
            <span>{message}</span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
