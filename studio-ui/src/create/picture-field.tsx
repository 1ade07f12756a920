import { assetQuery, type AssetView, Button, clsx, ErrorState, FieldError, type FieldFault, IconButton, Skeleton, studioWords } from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { ImagePlus, Upload, X } from 'lucide-react';
import { type DragEvent, useId, useState } from 'react';
import { ACCEPTED, UploadButton, useUpload } from '../gallery/upload.js';
import { FilmBadge, thumbnail } from '../jobs/picture.js';
import { PicturePicker } from './picture-picker.js';

const w = studioWords.create;

interface Props {
  /** Of the parameter; what is missing takes the focus by it. */
  name: string;
  label: string;
  type?: 'image' | 'video';
  asset: string | null;
  fault?: FieldFault;
  /** Lower, for an input beside others. */
  compact?: boolean;
  onChange: (asset: string | null) => void;
}

/** An input picture or film: chosen from the gallery, uploaded, or dropped onto the field. */
export function PictureField({ name, label, type = 'image', asset, fault, compact = false, onChange }: Props) {
  const id = useId();
  const [picking, setPicking] = useState(false);
  const [over, setOver] = useState(false);
  const { upload, busy, problem } = useUpload((assets: AssetView[]) => assets[0]?.type === type && onChange(assets[0].id));
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    upload([...event.dataTransfer.files].slice(0, 1));
  };
  const drag = {
    onDrop: drop,
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
  };
  return (
    <div role="group" aria-labelledby={id} aria-describedby={fault ? `${id}-error` : undefined} className="flex flex-col gap-1.5" {...drag}>
      <p id={id} className="text-13 font-medium">
        {label}
      </p>
      {asset ? (
        <Chosen asset={asset} label={label} compact={compact} onClear={() => onChange(null)} />
      ) : (
        <div
          className={clsx(
            'flex flex-col items-center gap-3 rounded-house border border-dashed px-4',
            compact ? 'py-3' : 'py-6',
            over ? 'border-ink bg-hover' : fault ? 'border-bad' : 'border-line-strong',
          )}
        >
          <div className="flex flex-wrap justify-center gap-2">
            <Button data-field={name} size="small" icon={<ImagePlus aria-hidden className="size-4" />} onClick={() => setPicking(true)}>
              {w.choose}
            </Button>
            <UploadButton
              accept={ACCEPTED[type]}
              size="small"
              busy={busy}
              icon={<Upload aria-hidden className="size-4" />}
              onFiles={(files) => upload(files.slice(0, 1))}
            >
              {busy ? w.uploading : w.upload}
            </UploadButton>
          </div>
          {!compact && <p className="text-center text-12 text-ink-faint">{w.uploadHints[type]}</p>}
        </div>
      )}
      {fault && <FieldError id={`${id}-error`} error={fault} />}
      {problem && <ErrorState error={problem} inline />}
      <PicturePicker
        open={picking}
        type={type}
        onClose={() => setPicking(false)}
        onPick={(picked) => {
          onChange(picked.id);
          setPicking(false);
        }}
      />
    </div>
  );
}

function Chosen({ asset, label, compact, onClear }: { asset: string; label: string; compact: boolean; onClear: () => void }) {
  const { data, error } = useQuery(assetQuery(asset));
  if (error)
    return (
      <ErrorState
        error={error}
        inline
        action={
          <Button size="small" onClick={onClear}>
            {w.replace}
          </Button>
        }
      />
    );
  return (
    <div className={clsx('relative grid place-items-center overflow-hidden rounded-house border border-line bg-sunk', compact ? 'h-24' : 'h-48')}>
      {data ? (
        <img src={thumbnail(data.id, 512)} alt={data.prompt ?? data.filename ?? label} className="checker max-h-full max-w-full" />
      ) : (
        <Skeleton className="h-full w-full rounded-none" />
      )}
      {data?.type === 'video' && <FilmBadge className="absolute bottom-2 left-2" />}
      <IconButton
        label={w.replaceNamed(label)}
        kind="plain"
        size="small"
        icon={<X aria-hidden className="size-4" />}
        className="absolute! top-2 right-2"
        onClick={onClear}
      />
    </div>
  );
}
