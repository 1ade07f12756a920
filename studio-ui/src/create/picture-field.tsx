import { assetQuery, type AssetView, Button, clsx, ErrorState, FieldError, type FieldFault, IconButton, Skeleton, studioWords } from '@atelier/ui-kit';
import { useQuery } from '@tanstack/react-query';
import { ImagePlus, Upload, X } from 'lucide-react';
import { type DragEvent, useId, useState } from 'react';
import { UploadButton, useUpload } from '../gallery/upload.js';
import { thumbnail } from '../jobs/picture.js';
import { PicturePicker } from './picture-picker.js';

const w = studioWords.create;

interface Props {
  image: string | null;
  fault?: FieldFault;
  onChange: (image: string | null) => void;
}

/** The input picture: chosen from the gallery, uploaded, or dropped onto the field. */
export function PictureField({ image, fault, onChange }: Props) {
  const id = useId();
  const [picking, setPicking] = useState(false);
  const [over, setOver] = useState(false);
  const { upload, busy, problem } = useUpload((assets: AssetView[]) => assets[0] && onChange(assets[0].id));
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
        {w.source}
      </p>
      {image ? (
        <Chosen image={image} onClear={() => onChange(null)} />
      ) : (
        <div
          className={clsx(
            'flex flex-col items-center gap-3 rounded-house border border-dashed px-4 py-6',
            over ? 'border-ink bg-hover' : fault ? 'border-bad' : 'border-line-strong',
          )}
        >
          <div className="flex flex-wrap justify-center gap-2">
            <Button data-field="image" size="small" icon={<ImagePlus aria-hidden className="size-4" />} onClick={() => setPicking(true)}>
              {w.choose}
            </Button>
            <UploadButton size="small" busy={busy} icon={<Upload aria-hidden className="size-4" />} onFiles={(files) => upload(files.slice(0, 1))}>
              {busy ? w.uploading : w.upload}
            </UploadButton>
          </div>
          <p className="text-center text-12 text-ink-faint">{w.uploadHint}</p>
        </div>
      )}
      {fault && <FieldError id={`${id}-error`} error={fault} />}
      {problem && <ErrorState error={problem} inline />}
      <PicturePicker
        open={picking}
        onClose={() => setPicking(false)}
        onPick={(asset) => {
          onChange(asset.id);
          setPicking(false);
        }}
      />
    </div>
  );
}

function Chosen({ image, onClear }: { image: string; onClear: () => void }) {
  const { data, error } = useQuery(assetQuery(image));
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
    <div className="relative grid h-48 place-items-center overflow-hidden rounded-house border border-line bg-sunk">
      {data ? (
        <img src={thumbnail(data.id, 512)} alt={data.prompt ?? data.filename ?? w.source} className="checker max-h-full max-w-full" />
      ) : (
        <Skeleton className="h-full w-full rounded-none" />
      )}
      <IconButton
        label={w.replace}
        kind="plain"
        size="small"
        icon={<X aria-hidden className="size-4" />}
        className="absolute! top-2 right-2"
        onClick={onClear}
      />
    </div>
  );
}
