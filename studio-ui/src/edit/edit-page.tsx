import { type AssetDetail, assetQuery, ErrorState, LoadingRows, NoPermission, meQuery, PageFrame, studioWords, useTitle } from '@atelier/ui-kit';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { MaskEditor } from '../mask/mask-editor.js';
import { useMask } from '../mask/use-mask.js';
import { PageMissing } from '../page-states.js';
import { ChangePanel } from './change-panel.js';
import { Staging } from './staging.js';

const w = studioWords.edit;

/** A picture, the part of it that shall change, and what comes of it: kept or thrown away after a look at both. */
export default function EditPage() {
  const { assetId } = useParams({ from: '/inside/edit/$assetId' });
  const { data: me } = useSuspenseQuery(meQuery);
  const { data: asset, error, refetch } = useQuery(assetQuery(assetId));
  useTitle(w.title);
  if (!me.permissions.includes('job:create')) return <NoPermission role={me.role} permission="job:create" />;
  if (error) return 'status' in error && error.status === 404 ? <PageMissing /> : <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!asset?.width || !asset.height)
    return (
      <PageFrame title={w.title} wide>
        {asset ? <p className="text-ink-soft">{w.noSize}</p> : <LoadingRows rows={3} className="h-40" />}
      </PageFrame>
    );
  return <Editing key={asset.id} asset={asset} width={asset.width} height={asset.height} />;
}

function Editing({ asset, width, height }: { asset: AssetDetail; width: number; height: number }) {
  const work = useMask(width, height);
  const [jobId, setJobId] = useState<string | null>(null);
  const alt = asset.prompt ?? asset.filename ?? w.title;
  return (
    <div className="grid flex-1 md:h-[calc(100dvh-56px)] md:grid-cols-[minmax(0,1fr)_320px]">
      <h1 className="sr-only">{w.titleOf(alt)}</h1>
      {/* The editor stays while a result is looked at, so that discarding it brings the mask back as it was. */}
      <div className={jobId ? 'hidden' : 'flex min-h-0 flex-col'}>
        <MaskEditor image={{ id: asset.id, url: asset.url, alt, width, height }} work={work} />
      </div>
      {jobId && <Staging asset={asset} jobId={jobId} onBack={() => setJobId(null)} />}
      <aside aria-label={w.panel} className="flex flex-col gap-4 border-line p-4 md:overflow-y-auto md:border-l">
        <ChangePanel asset={asset} work={work} busy={jobId !== null} onStarted={setJobId} />
      </aside>
    </div>
  );
}
