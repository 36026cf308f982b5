/** Everything the filter matches as a file, read page by page. */
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { type Exposure, type ListExposuresData, listExposures } from '@/client';
import { Button } from '@/ui/button';
import { csv, json, sarif } from '@/ui/export-rows';
import { Menu, MenuItem } from '@/ui/menu';
import { saveFile } from '@/ui/save-file';
import { say, sayProblem } from '@/ui/toast';

/** Rows of a page, the most the API gives. */
const PAGE = 200;
/** Rows of a file; a longer list is a matter for the API. */
const ROWS_MAX = 20_000;

type Filter = NonNullable<ListExposuresData['query']>;
const FORMATS = {
  CSV: { name: 'exposures.csv', type: 'text/csv', write: csv },
  JSON: { name: 'exposures.json', type: 'application/json', write: json },
  SARIF: { name: 'exposures.sarif', type: 'application/sarif+json', write: sarif },
} as const;

export function ExportMenu({ filter }: { filter: Filter }) {
  const save = useMutation({
    mutationFn: async (format: keyof typeof FORMATS) => ({ format, items: await all(filter) }),
    onSuccess: ({ format, items }) => {
      const { name, type, write } = FORMATS[format];
      saveFile(name, type, write(items));
      if (items.length >= ROWS_MAX)
        say(`The first ${ROWS_MAX} are in the file; narrow the filter for the others.`);
    },
    onError: sayProblem,
  });
  return (
    <Menu
      trigger={
        <Button busy={save.isPending}>
          <Download size={15} aria-hidden /> {save.isPending ? 'Exporting…' : 'Export'}
        </Button>
      }
    >
      {(Object.keys(FORMATS) as (keyof typeof FORMATS)[]).map((format) => (
        <MenuItem key={format} onClick={() => save.mutate(format)}>
          {format} of this filter
        </MenuItem>
      ))}
    </Menu>
  );
}

async function all(filter: Filter): Promise<Exposure[]> {
  const items: Exposure[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await listExposures({
      query: { ...filter, limit: PAGE, ...(cursor && { cursor }) },
      throwOnError: true,
    });
    items.push(...data.items);
    cursor = data.next_cursor ?? undefined;
  } while (cursor && items.length < ROWS_MAX);
  return items;
}
