import { infiniteQueryOptions, type QueryKey, useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './components/button.js';
import { ErrorState, LoadingRows } from './components/states.js';
import { words } from './strings.js';

export interface Paged<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

/** A list that the server hands out page by page. */
export const paged = <T,>(queryKey: QueryKey, ask: (cursor: string | undefined) => Promise<Paged<T>>) =>
  infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam }) => ask(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

export interface PagedRows<T> {
  rows: T[];
  query: UseInfiniteQueryResult<unknown>;
}

export function usePaged<T>(options: ReturnType<typeof paged<T>>, enabled = true): PagedRows<T> {
  const query = useInfiniteQuery({ ...options, enabled });
  return { rows: query.data?.pages.flatMap((page) => page.data) ?? [], query };
}

interface Props extends PagedRows<unknown> {
  /** In the shape of the list; plain rows when left out. */
  skeleton?: ReactNode;
  empty: ReactNode;
  children: ReactNode;
  /** Shown instead of the button for the next page. */
  more?: ReactNode;
}

/** The states of a list: loading, error, empty, and its rows with a way to the next page. */
export function PagedList({ query, rows, skeleton, empty, children, more }: Props) {
  if (query.isPending) return skeleton ?? <LoadingRows className="h-12" />;
  return (
    <>
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} inline={rows.length > 0} />}
      {!query.error && rows.length === 0 && empty}
      {rows.length > 0 && children}
      {query.hasNextPage && (more ?? <MoreButton query={query} />)}
    </>
  );
}

export function MoreButton({ query }: Pick<PagedRows<unknown>, 'query'>) {
  return (
    <Button className="mx-auto mt-4 flex!" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {words.action.more}
    </Button>
  );
}
