/** Everything the filter matches as a file, written by the API as it reads. */
import { Download } from 'lucide-react';
import { Button } from '@/ui/button';
import { Menu, MenuLink } from '@/ui/menu';

/** As the API names them, and as people do. */
const FORMATS = { csv: 'CSV', jsonl: 'JSON lines', sarif: 'SARIF', vex: 'CycloneDX VEX' } as const;

export function ExportMenu({ filter, sort }: { filter: string; sort: string | undefined }) {
  return (
    <Menu
      trigger={
        <Button>
          <Download size={15} aria-hidden /> Export
        </Button>
      }
    >
      {(Object.keys(FORMATS) as (keyof typeof FORMATS)[]).map((format) => (
        <MenuLink key={format} href={address(filter, sort, format)}>
          {FORMATS[format]} of this filter
        </MenuLink>
      ))}
    </Menu>
  );
}

function address(filter: string, sort: string | undefined, format: keyof typeof FORMATS): string {
  const query = new URLSearchParams({
    ...(filter && { filter }),
    // Orders of this screen are none of the API's.
    ...(sort === 'score' && { sort }),
    format,
  });
  return `/api/v1/exposures/export?${query}`;
}
