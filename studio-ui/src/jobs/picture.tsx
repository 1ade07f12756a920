import { Badge, clsx, IconButton, Menu, MenuItem, SimulatedBadge, studioWords } from '@atelier/ui-kit';
import { Link, useNavigate } from '@tanstack/react-router';
import { Download, Ellipsis, Film, ImagePlus, Maximize2, Scissors } from 'lucide-react';

const w = studioWords.job;

/** Fits into a square of that side; the server answers with a redirect to the signed address. */
export const thumbnail = (assetId: string, size: 256 | 512 | 1024): string => `/api/v1/assets/${assetId}/content?size=${size}`;
export const downloadUrl = (assetId: string, metadata: 'keep' | 'strip'): string =>
  `/api/v1/assets/${assetId}/content?download=1${metadata === 'strip' ? '&metadata=strip' : ''}`;

interface Props {
  assetId: string;
  type?: 'image' | 'video';
  alt: string;
  width: number | null;
  height: number | null;
  simulated: boolean;
  /** The picture's own shape, or filling the place it is given. */
  fill?: boolean;
}

/** A picture with its place kept while it loads, its one-click actions, and the word "simulated" when no model made it. */
export function Picture({ assetId, type = 'image', alt, width, height, simulated, fill = false }: Props) {
  return (
    <figure className={clsx('group relative overflow-hidden rounded-house bg-sunk', fill && 'h-full')}>
      <Link to="/assets/$assetId" params={{ assetId }} className="block h-full -outline-offset-2!">
        <img
          src={thumbnail(assetId, 512)}
          alt={alt}
          loading="lazy"
          decoding="async"
          width={width ?? undefined}
          height={height ?? undefined}
          className={clsx('checker w-full', fill ? 'h-full object-cover' : 'h-auto')}
        />
      </Link>
      <figcaption className="pointer-events-none absolute top-2 left-2 flex gap-1">
        {type === 'video' && <FilmBadge />}
        {simulated && <SimulatedBadge />}
      </figcaption>
      <PictureMenu assetId={assetId} type={type} />
    </figure>
  );
}

/** Stands on everything that moves when it is opened. */
export const FilmBadge = ({ className }: { className?: string }) => (
  <span className={className}>
    <Badge icon={<Film aria-hidden className="size-3.5" />}>{w.film}</Badge>
  </span>
);

function PictureMenu({ assetId, type }: { assetId: string; type: 'image' | 'video' }) {
  const navigate = useNavigate();
  const work = (op: 'img2img' | 'upscale' | 'remove-background' | 'interpolate' | 'video') => () => void navigate({ to: '/', search: { op, image: assetId } });
  const icon = 'size-4';
  return (
    <div className="absolute right-2 bottom-2 transition-opacity duration-100 group-focus-within:opacity-100 group-hover:opacity-100 pointer-fine:opacity-0 has-data-[state=open]:opacity-100">
      <Menu trigger={<IconButton label={w.actions} kind="plain" size="small" icon={<Ellipsis aria-hidden className={icon} />} />}>
        {type === 'video' ? (
          <MenuItem icon={<Film aria-hidden className={icon} />} onSelect={work('interpolate')}>
            {w.smooth}
          </MenuItem>
        ) : (
          <>
            <MenuItem icon={<Maximize2 aria-hidden className={icon} />} onSelect={work('upscale')}>
              {w.upscale}
            </MenuItem>
            <MenuItem icon={<Scissors aria-hidden className={icon} />} onSelect={work('remove-background')}>
              {w.cutOut}
            </MenuItem>
            <MenuItem icon={<ImagePlus aria-hidden className={icon} />} onSelect={work('img2img')}>
              {w.useAsInput}
            </MenuItem>
            <MenuItem icon={<Film aria-hidden className={icon} />} onSelect={work('video')}>
              {w.toFilm}
            </MenuItem>
          </>
        )}
        <MenuItem icon={<Download aria-hidden className={icon} />} onSelect={() => location.assign(downloadUrl(assetId, 'keep'))}>
          {w.download}
        </MenuItem>
      </Menu>
    </div>
  );
}
