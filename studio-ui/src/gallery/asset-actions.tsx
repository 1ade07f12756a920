import {
  type AssetDetail,
  Button,
  buttonClass,
  ConfirmDialog,
  IconButton,
  Menu,
  MenuItem,
  MenuLabel,
  MenuLine,
  meQuery,
  studioWords,
  toast,
  toProblem,
  vary,
} from '@atelier/ui-kit';
import { deleteAssetsById } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Brush, Copy, Download, Ellipsis, ImagePlus, Maximize2, Scissors, Shuffle, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { downloadUrl } from '../jobs/picture.js';

const w = studioWords.asset;
const icon = 'size-4';

export function AssetActions({ asset }: { asset: AssetDetail }) {
  const navigate = useNavigate();
  const { data: me } = useSuspenseQuery(meQuery);
  const [deleting, setDeleting] = useState(false);
  const may = (right: 'job:create' | 'asset:delete'): boolean => me.permissions.includes(right);
  const queries = useQueryClient();
  const variations = useMutation({
    mutationFn: () => vary(asset.id, {}),
    onError: (error) => toast(toProblem(error).message),
    onSuccess: async () => {
      toast(w.varying);
      void queries.invalidateQueries({ queryKey: ['jobs'] });
      await navigate({ to: '/', search: {} });
    },
  });
  const work = (op: 'img2img' | 'upscale' | 'remove-background') => () => void navigate({ to: '/', search: { op, image: asset.id } });
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Menu trigger={<Button icon={<Download aria-hidden className={icon} />}>{studioWords.job.download}</Button>}>
        <MenuItem onSelect={() => location.assign(downloadUrl(asset.id, 'keep'))}>{w.downloadWith}</MenuItem>
        <MenuItem onSelect={() => location.assign(downloadUrl(asset.id, 'strip'))}>{w.downloadWithout}</MenuItem>
      </Menu>
      {may('job:create') && asset.type === 'image' && asset.access === 'content' && (
        <Link to="/edit/$assetId" params={{ assetId: asset.id }} className={buttonClass('plain')}>
          <Brush aria-hidden className={icon} />
          {studioWords.edit.title}
        </Link>
      )}
      {may('job:create') && asset.jobId && (
        <Link to="/" search={{ from: asset.id }} className={buttonClass('main')}>
          <Shuffle aria-hidden className={icon} />
          {w.remix}
        </Link>
      )}
      <Menu trigger={<IconButton label={studioWords.job.actions} kind="plain" icon={<Ellipsis aria-hidden className={icon} />} />}>
        {may('job:create') && asset.type === 'image' && (
          <>
            <MenuLabel>{studioWords.create.operation}</MenuLabel>
            <MenuItem icon={<Copy aria-hidden className={icon} />} onSelect={() => variations.mutate()}>
              {w.vary}
            </MenuItem>
            <MenuItem icon={<Maximize2 aria-hidden className={icon} />} onSelect={work('upscale')}>
              {studioWords.job.upscale}
            </MenuItem>
            <MenuItem icon={<Scissors aria-hidden className={icon} />} onSelect={work('remove-background')}>
              {studioWords.job.cutOut}
            </MenuItem>
            <MenuItem icon={<ImagePlus aria-hidden className={icon} />} onSelect={work('img2img')}>
              {studioWords.job.useAsInput}
            </MenuItem>
            <MenuLine />
          </>
        )}
        <MenuItem danger disabled={!may('asset:delete')} icon={<Trash2 aria-hidden className={icon} />} onSelect={() => setTimeout(() => setDeleting(true))}>
          {w.delete}
        </MenuItem>
      </Menu>
      <DeleteDialog assetId={asset.id} open={deleting} onClose={() => setDeleting(false)} />
    </div>
  );
}

function DeleteDialog({ assetId, open, onClose }: { assetId: string; open: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteAssetsById({ path: { id: assetId } }),
    onSuccess: async () => {
      toast(w.deleted);
      await navigate({ to: '/gallery', search: {} });
      queries.removeQueries({ queryKey: ['assets', assetId] });
      void queries.invalidateQueries({ queryKey: ['assets'] });
      void queries.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  return <ConfirmDialog open={open} onClose={onClose} title={w.deleteTitle} text={w.deleteText} verb={w.delete} action={remove} />;
}
