import { assetsQuery, type AssetView, Dialog, EmptyState, Loading, PagedList, Skeleton, studioWords, usePaged } from '@atelier/ui-kit';
import { thumbnail } from '../jobs/picture.js';

const w = studioWords.create;
const GRID = 'grid grid-cols-3 gap-2 sm:grid-cols-4';

interface Props {
  open: boolean;
  type: 'image' | 'video';
  onClose: () => void;
  onPick: (asset: AssetView) => void;
}

export function PicturePicker({ open, type, onClose, onPick }: Props) {
  const { rows, query } = usePaged(assetsQuery({ type }), open);
  const assets = rows.filter(({ access }) => access === 'content');
  return (
    <Dialog open={open} onClose={onClose} title={w.chooseTitles[type]} wide>
      <PagedList rows={assets} query={query} empty={<EmptyState title={w.chooseNone}>{w.uploadHints[type]}</EmptyState>} skeleton={<PickerSkeleton />}>
        <ul className={GRID}>
          {assets.map((asset) => (
            <li key={asset.id}>
              <button
                type="button"
                onClick={() => onPick(asset)}
                className="block aspect-square w-full overflow-hidden rounded-house border border-line bg-sunk hover:border-ink"
              >
                <img
                  src={thumbnail(asset.id, 256)}
                  loading="lazy"
                  alt={asset.prompt ?? asset.filename ?? asset.id}
                  className="checker h-full w-full object-cover"
                />
              </button>
            </li>
          ))}
        </ul>
      </PagedList>
    </Dialog>
  );
}

const PickerSkeleton = () => (
  <Loading className={GRID}>
    {Array.from({ length: 8 }, (_, index) => (
      <Skeleton key={index} className="aspect-square" />
    ))}
  </Loading>
);
