import {
  assetsQuery,
  type AssetView,
  buttonClass,
  clsx,
  EmptyState,
  ErrorState,
  Input,
  Loading,
  meQuery,
  MoreButton,
  PagedList,
  type PagedRows,
  PageFrame,
  Segments,
  Skeleton,
  studioWords,
  toast,
  usePaged,
  words,
} from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Images, Search, Upload } from 'lucide-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { PictureWall } from './picture-wall.js';
import { UploadButton, useUpload } from './upload.js';

const w = studioWords.gallery;

/** Every picture one may see, newest first. The filters live in the address; files can be dropped anywhere on the page. */
export default function GalleryPage() {
  const search = useSearch({ from: '/inside/gallery' });
  const { data: me } = useSuspenseQuery(meQuery);
  const filter = { source: search.source, scope: search.scope ?? ('mine' as const), q: search.q };
  const { rows: assets, query } = usePaged(assetsQuery(filter));
  const { upload, busy, count, problem } = useUpload((done: AssetView[]) => toast(w.uploaded(done.length)));
  const { over, ...drop } = useDrop(upload);
  const filtered = Boolean(search.source || search.scope || search.q);
  const action = me.permissions.includes('asset:create') && (
    <UploadButton kind="main" busy={busy} icon={<Upload aria-hidden className="size-4" />} onFiles={upload}>
      {busy ? w.uploadingCount(count) : w.upload}
    </UploadButton>
  );
  return (
    <div {...drop} className={clsx('flex-1', over && 'bg-hover')}>
      <PageFrame title={studioWords.pages.gallery} about={over ? w.drop : w.about} action={action} wide>
        <Filters />
        {problem && (
          <div className="mb-5 max-w-2xl">
            <ErrorState error={problem} inline />
          </div>
        )}
        <PagedList rows={assets} query={query} empty={<NoPictures filtered={filtered} />} skeleton={<WallSkeleton />} more={<More query={query} />}>
          <PictureWall assets={assets} />
        </PagedList>
        {assets.length > 12 && !query.hasNextPage && <p className="mt-8 text-center text-13 text-ink-faint">{words.state.end}</p>}
      </PageFrame>
    </div>
  );
}

function useDrop(onFiles: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  return {
    over,
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node)) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      onFiles([...event.dataTransfer.files]);
    },
  };
}

function Filters() {
  const search = useSearch({ from: '/inside/gallery' });
  const navigate = useNavigate();
  const [text, setText] = useState(search.q ?? '');
  const set = (change: Partial<typeof search>): void => void navigate({ to: '/gallery', search: { ...search, ...change }, replace: true });
  useEffect(() => {
    if (text === (search.q ?? '')) return;
    const timer = setTimeout(() => set({ q: text.trim() || undefined }), 300);
    return () => clearTimeout(timer);
  });
  return (
    <div className="mb-5 flex flex-wrap items-center gap-3">
      <Segments
        label={w.source}
        value={search.source ?? 'all'}
        options={(['all', 'job', 'upload'] as const).map((value) => ({ value, label: w.sources[value] }))}
        onChange={(source) => set({ source: source === 'all' ? undefined : source })}
        className="w-64"
      />
      <Segments
        label={w.scope}
        value={search.scope ?? 'mine'}
        options={(['mine', 'tenant'] as const).map((value) => ({ value, label: w.scopes[value] }))}
        onChange={(scope) => set({ scope: scope === 'mine' ? undefined : scope })}
        className="w-48"
      />
      <div className="relative w-full sm:w-72">
        <Search aria-hidden className="absolute top-2.5 left-3 size-4 text-ink-faint" />
        <Input
          type="search"
          aria-label={w.search}
          placeholder={w.searchPlaceholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="pl-9"
        />
      </div>
    </div>
  );
}

/** Comes by itself when scrolled near, and by button for the keyboard. */
function More({ query }: Pick<PagedRows<unknown>, 'query'>) {
  const ref = useRef<HTMLDivElement>(null);
  const { fetchNextPage, isFetchingNextPage } = query;
  useEffect(() => {
    if (isFetchingNextPage || !ref.current) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && void fetchNextPage(), { rootMargin: '600px' });
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, [isFetchingNextPage, fetchNextPage]);
  return (
    <div ref={ref}>
      <MoreButton query={query} />
    </div>
  );
}

const WallSkeleton = () => (
  <Loading className="flex flex-wrap gap-2">
    {[1, 0.75, 1.33, 1, 1.5, 0.75, 1, 1.33].map((ratio, index) => (
      <Skeleton key={index} className={clsx('h-40 md:h-56', ratio < 1 ? 'w-32 md:w-44' : ratio > 1 ? 'w-52 md:w-72' : 'w-40 md:w-56')} />
    ))}
  </Loading>
);

function NoPictures({ filtered }: { filtered: boolean }) {
  return (
    <EmptyState
      icon={<Images aria-hidden />}
      title={filtered ? w.emptyFiltered : w.empty}
      action={
        filtered ? (
          <Link to="/gallery" search={{}} className={buttonClass('plain')}>
            {w.clear}
          </Link>
        ) : (
          <Link to="/" className={buttonClass('plain')}>
            {w.emptyAction}
          </Link>
        )
      }
    />
  );
}
