import { type AssetView, studioWords } from '@atelier/ui-kit';
import { EyeOff } from 'lucide-react';
import type { CSSProperties } from 'react';
import { Picture } from '../jobs/picture.js';

const w = studioWords.gallery;

/** Rows of one height, every picture in its own proportions and in its own order; what is far off the screen is not painted. */
export function PictureWall({ assets }: { assets: readonly AssetView[] }) {
  return (
    <ul className="flex flex-wrap gap-2 [--row:160px] md:[--row:224px]">
      {assets.map((asset) => (
        <li key={asset.id} style={placeOf(asset)} className="h-(--row) [content-visibility:auto]">
          {asset.access === 'content' ? (
            <Picture
              assetId={asset.id}
              type={asset.type}
              alt={asset.prompt ?? asset.filename ?? w.picture}
              width={asset.width}
              height={asset.height}
              simulated={asset.simulated}
              fill
            />
          ) : (
            <div className="flex h-full flex-col items-center justify-center gap-2 rounded-house border border-line bg-sunk p-3 text-center text-12 text-ink-faint">
              <EyeOff aria-hidden className="size-5" />
              {w.notOpen}
            </div>
          )}
        </li>
      ))}
      <li aria-hidden className="h-0 grow-[1000]" />
    </ul>
  );
}

/** Grows in proportion to its width, so that a row fills up without cropping more than a sliver. */
function placeOf({ width, height }: AssetView): CSSProperties {
  const ratio = Math.min(2.4, Math.max(0.5, width && height ? width / height : 1));
  return { flexGrow: ratio, flexBasis: `calc(var(--row) * ${ratio})`, maxWidth: `calc(var(--row) * ${ratio * 1.7})` };
}
