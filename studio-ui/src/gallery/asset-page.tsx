import {
  type AssetDetail,
  type AssetRelative,
  assetQuery,
  Card,
  Compare,
  CopyButton,
  creditsWithUnit,
  ErrorState,
  Facts,
  formatBytes,
  formatCredits,
  formatExact,
  formatSeconds,
  type JobView,
  jobQuery,
  LoadingRows,
  PageFrame,
  SimulatedBadge,
  Skeleton,
  studioWords,
  words,
} from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { curlOf } from '../jobs/curl.js';
import { operationName, titleOf } from '../jobs/job-facts.js';
import { MoneyLines } from '../jobs/money.js';
import { Parameters } from '../jobs/parameters.js';
import { thumbnail } from '../jobs/picture.js';
import { PageMissing } from '../page-states.js';
import { AssetActions } from './asset-actions.js';

const w = studioWords.asset;

export default function AssetPage() {
  const { assetId } = useParams({ from: '/inside/assets/$assetId' });
  const { data: asset, error, refetch } = useQuery(assetQuery(assetId));
  const { data: job } = useQuery({ ...jobQuery(asset?.jobId ?? ''), enabled: !!asset?.jobId });
  if (error) return 'status' in error && error.status === 404 ? <PageMissing /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!asset) return <AssetSkeleton />;
  return (
    <PageFrame title={job ? titleOf(job) : (asset.prompt ?? asset.filename ?? w.title)} action={<AssetActions asset={asset} />} wide>
      <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_340px]">
        <div className="flex flex-col gap-4">
          <Canvas asset={asset} />
          <Beside asset={asset} />
        </div>
        <div className="flex flex-col gap-4">
          {asset.simulated && (
            <div className="flex flex-col items-start gap-2 rounded-house border border-line p-4 text-13 text-ink-soft">
              <SimulatedBadge />
              {words.job.simulatedWhy}
            </div>
          )}
          <ParametersCard asset={asset} job={job} />
          {asset.cost && <CostCard asset={asset} cost={asset.cost} job={job} />}
          <LineageCard asset={asset} />
          <DetailsCard asset={asset} job={job} />
        </div>
      </div>
    </PageFrame>
  );
}

/** The picture as large as the page allows; one click shows every pixel of it. */
function Canvas({ asset }: { asset: AssetDetail }) {
  const [full, setFull] = useState(false);
  const alt = asset.prompt ?? asset.filename ?? w.title;
  if (asset.access === 'metadata')
    return <div className="grid min-h-72 place-items-center rounded-house border border-line bg-sunk text-ink-soft">{studioWords.gallery.notOpen}</div>;
  if (asset.type === 'video')
    return (
      <video
        controls
        loop
        playsInline
        src={asset.url}
        poster={thumbnail(asset.id, 1024)}
        aria-label={alt}
        className="max-h-[calc(100dvh-180px)] w-full rounded-house bg-sunk lg:sticky lg:top-20"
      />
    );
  return (
    <div
      tabIndex={full ? 0 : undefined}
      role={full ? 'region' : undefined}
      aria-label={full ? alt : undefined}
      className="overflow-auto rounded-house bg-sunk lg:sticky lg:top-20"
    >
      <button
        type="button"
        onClick={() => setFull(!full)}
        aria-label={full ? w.fit : w.zoom}
        className={full ? 'block cursor-zoom-out' : 'mx-auto block cursor-zoom-in -outline-offset-2!'}
      >
        <img
          src={asset.url}
          alt={alt}
          width={asset.width ?? undefined}
          height={asset.height ?? undefined}
          className={full ? 'checker max-w-none' : 'checker max-h-[calc(100dvh-180px)] w-auto max-w-full object-contain'}
        />
      </button>
    </div>
  );
}

/** A picture that was made from one of its own shape: both, with an edge between them that moves. */
function Beside({ asset }: { asset: AssetDetail }) {
  const source = asset.lineage.parents.find(({ relation, deleted }) => relation === 'image' && !deleted);
  const { data: parent } = useQuery({ ...assetQuery(source?.id ?? ''), enabled: source !== undefined && asset.type === 'image' });
  if (!parent?.width || !parent.height || !asset.width || !asset.height || asset.access === 'metadata' || parent.access === 'metadata') return null;
  if (Math.abs(parent.width / parent.height - asset.width / asset.height) > 0.02) return null;
  const alt = (one: AssetDetail): string => one.prompt ?? one.filename ?? w.title;
  return (
    <section aria-label={w.compare}>
      <h2 className="mb-2 text-13 font-medium">{w.compare}</h2>
      <Compare
        before={{ src: parent.url, label: words.compare.before, alt: alt(parent) }}
        after={{ src: asset.url, label: words.compare.after, alt: alt(asset) }}
        width={asset.width}
        height={asset.height}
      />
    </section>
  );
}

/** What the server keeps with the picture names the operation among the parameters; a request names it beside them. */
const parametersOf = ({ parameters }: AssetDetail): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'operation'));

function ParametersCard({ asset, job }: { asset: AssetDetail; job: JobView | undefined }) {
  const made = asset.jobId !== null;
  const parameters = parametersOf(asset);
  return (
    <Card
      title={w.parameters}
      aside={made && job && <CopyButton label={studioWords.job.curl} text={curlOf(location.origin, job.operation, parameters)} kind="quiet" />}
    >
      {made ? <Parameters parameters={parameters} /> : <p className="text-13 text-ink-soft">{w.noParameters}</p>}
    </Card>
  );
}

function CostCard({ asset, cost, job }: { asset: AssetDetail; cost: NonNullable<AssetDetail['cost']>; job: JobView | undefined }) {
  return (
    <Card title={w.cost} aside={<span className="num font-semibold">{creditsWithUnit(cost.share)}</span>}>
      {job ? <MoneyLines job={job} /> : <LoadingRows rows={3} className="h-4" />}
      <Facts
        className="mt-4 border-t border-line pt-3"
        rows={[
          cost.outputs > 1 && [w.share, `${formatCredits(cost.share)} of ${formatCredits(cost.jobCharged)}`],
          [studioWords.job.gpu, formatSeconds(cost.gpuSeconds, true)],
          cost.gpuClass && [studioWords.job.machine, cost.gpuClass],
          asset.jobId && [
            studioWords.job.id,
            <Link key="job" to="/jobs/$jobId" params={{ jobId: asset.jobId }} className="underline underline-offset-4">
              {studioWords.job.open}
            </Link>,
          ],
        ]}
      />
    </Card>
  );
}

function LineageCard({ asset: { lineage } }: { asset: AssetDetail }) {
  if (lineage.parents.length + lineage.children.length === 0) return null;
  return (
    <Card title={w.lineage}>
      <Relatives title={w.parents} assets={lineage.parents} />
      <Relatives title={w.children} assets={lineage.children} />
    </Card>
  );
}

function Relatives({ title, assets }: { title: string; assets: readonly AssetRelative[] }) {
  if (assets.length === 0) return null;
  return (
    <div className="not-first:mt-3 [h2+&]:mt-0">
      <h3 className="mb-1.5 text-12 text-ink-faint">{title}</h3>
      <ul className="grid grid-cols-4 gap-2">
        {assets.map((asset, index) => (
          <li key={asset.id} className="aspect-square overflow-hidden rounded-small border border-line bg-sunk">
            {asset.deleted ? (
              <span className="grid size-full place-items-center text-12 text-ink-faint">{w.gone}</span>
            ) : (
              <Link
                to="/assets/$assetId"
                params={{ assetId: asset.id }}
                aria-label={`${title}: ${studioWords.job.pictureOf(index + 1, assets.length)}`}
                className="block size-full -outline-offset-2!"
              >
                <img src={thumbnail(asset.id, 256)} alt="" loading="lazy" className="checker size-full object-cover" />
              </Link>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function DetailsCard({ asset, job }: { asset: AssetDetail; job: JobView | undefined }) {
  return (
    <Card title={w.details}>
      <Facts
        rows={[
          asset.width && asset.height ? [w.size, `${asset.width} × ${asset.height} px`] : null,
          [w.file, `${asset.contentType.replace(/^(image|video)\//, '').toUpperCase()}, ${formatBytes(asset.bytes)}`],
          job && [w.by, operationName(job.operation)],
          typeof asset.metadata.method === 'string' && [w.method, asset.metadata.method],
          [w.visibility, w.visibilities[asset.visibility]],
          [studioWords.job.created, formatExact(asset.createdAt)],
          [
            w.id,
            <span key="id" className="flex items-start gap-1">
              <span className="font-mono text-12 break-all">{asset.id}</span>
              <CopyButton text={asset.id} label={w.copyId} iconOnly kind="quiet" />
            </span>,
          ],
        ]}
      />
    </Card>
  );
}

const AssetSkeleton = () => (
  <PageFrame title={w.title} wide>
    <div role="status" aria-label={words.state.loading} className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_340px]">
      <Skeleton className="aspect-square max-h-[70dvh]" />
      <div className="flex flex-col gap-4">
        <Skeleton className="h-44" />
        <Skeleton className="h-32" />
        <Skeleton className="h-32" />
      </div>
    </div>
  </PageFrame>
);
