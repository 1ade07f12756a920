import { type AssetDetail, Button, Compare, ErrorState, type JobView, jobQuery, LoadingRows, studioWords, toast, toProblem, words } from '@atelier/ui-kit';
import { deleteAssetsById } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { JobEnd, useLiveJob } from '../jobs/job-card.js';
import { isOver } from '../jobs/job-facts.js';
import { JobLive } from '../jobs/job-live.js';

const w = studioWords.edit;

interface Props {
  asset: AssetDetail;
  jobId: string;
  onBack: () => void;
}

/** The result beside the picture it came of, before one decides. */
export function Staging({ asset, jobId, onBack }: Props) {
  const { data, error, refetch } = useQuery(jobQuery(jobId));
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <section aria-label={w.result} className="min-h-0 overflow-y-auto p-4 md:p-6">
      {data ? <Result asset={asset} listed={data} onBack={onBack} /> : <LoadingRows rows={2} className="h-40" />}
    </section>
  );
}

function Result({ asset, listed, onBack }: { asset: AssetDetail; listed: JobView; onBack: () => void }) {
  const { job, standing } = useLiveJob(listed, true);
  const made = job.outputs[0];
  if (!isOver(job)) return <JobLive job={job} standing={standing} />;
  if (!made)
    return (
      <div className="flex flex-col items-start gap-3">
        <JobEnd job={job} />
        <Button onClick={onBack}>{w.backToMask}</Button>
      </div>
    );
  return (
    <div className="mx-auto flex max-w-4xl flex-col gap-4">
      <Compare
        before={{ src: asset.url, label: words.compare.before, alt: asset.prompt ?? asset.filename ?? w.title }}
        after={{ src: made.url, label: words.compare.after, alt: w.resultAlt }}
        width={asset.width}
        height={asset.height}
      />
      <Decision assetId={made.assetId} onBack={onBack} />
    </div>
  );
}

function Decision({ assetId, onBack }: { assetId: string; onBack: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const discard = useMutation({
    mutationFn: () => deleteAssetsById({ path: { id: assetId } }),
    onError: (error) => toast(toProblem(error).message),
    onSuccess: onBack,
    onSettled: () => queries.invalidateQueries({ queryKey: ['assets'] }),
  });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button kind="main" onClick={() => void navigate({ to: '/assets/$assetId', params: { assetId } })}>
        {w.accept}
      </Button>
      <Button busy={discard.isPending} onClick={() => discard.mutate()}>
        {w.discard}
      </Button>
      <p className="text-13 text-ink-soft">{w.decideAbout}</p>
    </div>
  );
}
