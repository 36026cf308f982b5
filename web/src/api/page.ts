/** Keyset pages: what every list shares. */
import type { InfiniteData } from '@tanstack/react-query';

/** Rows asked for at once. */
export const PAGE_ROWS = 50;

/** How the generated infinite queries walk from cursor to cursor. */
export const keyset = {
  // An empty object, not a cursor: the first page has none.
  initialPageParam: {} as never,
  getNextPageParam: (last: { next_cursor: string | null }) => last.next_cursor || undefined,
};

/** The rows of all pages so far. */
export function rows<T>(data: InfiniteData<{ items: T[] }> | undefined): T[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
