/** Registered names under the registered domain they belong to. */
import type { Asset } from '@/client';

/** An asset and how many registered domains stand above it. */
export interface Branch {
  readonly asset: Asset;
  readonly depth: number;
  /** The nearest of them. */
  readonly under: Asset | undefined;
}

/** The labels of a name from its end: those of one domain stand together, the domain first. */
const fromEnd = (name: string) => name.split('.').reverse();

function compare(a: Asset, b: Asset): number {
  // Names before addresses and networks, which belong to no domain.
  const [isName, isOther] = [a.kind === 'domain', b.kind === 'domain'];
  if (isName !== isOther) return isName ? -1 : 1;
  if (!isName) return a.value.localeCompare(b.value, 'en', { numeric: true });
  const [left, right] = [fromEnd(a.value), fromEnd(b.value)];
  for (let nth = 0; nth < Math.min(left.length, right.length); nth += 1) {
    const order = (left[nth] ?? '').localeCompare(right[nth] ?? '', 'en');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Depth first, each domain before what is registered below it. */
export function treeOf(assets: readonly Asset[]): Branch[] {
  const domains = new Map(
    assets.filter(({ kind }) => kind === 'domain').map((asset) => [asset.value, asset]),
  );
  const above = (name: string): Asset[] => {
    const labels = name.split('.');
    return labels
      .slice(1)
      .map((_, nth) => domains.get(labels.slice(nth + 1).join('.')))
      .filter((asset) => asset !== undefined);
  };
  return assets.toSorted(compare).map((asset) => {
    const all = asset.kind === 'domain' ? above(asset.value) : [];
    return { asset, depth: all.length, under: all[0] };
  });
}
