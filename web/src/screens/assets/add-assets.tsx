/** One asset or many, pasted a line each; every line gets its own answer. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useOrg } from '@/app/session';
import type { RegisteredAsset } from '@/client';
import {
  getDashboardQueryKey,
  listAssetsQueryKey,
  registerAssetsMutation,
} from '@/client/@tanstack/react-query.gen';
import { count } from '@/say/words';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Form, TextArea, TextField } from '@/ui/field';
import { ProblemNotice } from '@/ui/problem-notice';
import { sayProblem } from '@/ui/toast';
import { firstColumn, parseLines, parseTags } from './parse-lines';

export function AddAssets({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient();
  const [values, setValues] = useState('');
  const register = useMutation({
    ...registerAssetsMutation(),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: listAssetsQueryKey() });
      void cache.invalidateQueries({ queryKey: getDashboardQueryKey() });
    },
  });
  const submit = (form: FormData) => {
    const tags = parseTags(String(form.get('tags') ?? ''));
    const assets = parseLines(String(form.get('values') ?? '')).map((value) => ({ value, tags }));
    if (assets.length > 0) register.mutate({ body: { assets } });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Add assets"
      says="Adding touches nothing. An asset is scanned only after it has been verified."
    >
      {register.data ? (
        <Results
          results={register.data.results}
          onAgain={() => register.reset()}
          onClose={onClose}
        />
      ) : (
        <Form onSubmit={submit}>
          <TextArea
            label="Domains, addresses or networks"
            name="values"
            rows={5}
            required
            autoFocus
            value={values}
            onChange={(event) => setValues(event.currentTarget.value)}
            placeholder={'example.com\n203.0.113.7\n198.51.100.0/28'}
            hint="One a line, or what a file has in its first column."
          />
          <label className="grid gap-1 text-sm font-medium">
            Or a file
            <input
              type="file"
              accept=".csv,.txt,text/csv,text/plain"
              onChange={(event) => {
                const file = event.currentTarget.files?.[0];
                if (file)
                  file.text().then((text) => setValues(firstColumn(text).join('\n')), sayProblem);
              }}
              className="w-full rounded-md border border-line-strong bg-surface px-3 py-1.5 font-normal"
            />
          </label>
          <TextField label="Tags" name="tags" hint="Optional, separated by commas." />
          <ProblemNotice error={register.error} />
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" look="primary" busy={register.isPending}>
              {register.isPending ? 'Adding…' : 'Add'}
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}

const SAYS = {
  registered: ['good', 'Added'],
  exists: ['info', 'Already here'],
  invalid: ['critical', 'Not accepted'],
} as const;

function Results(props: {
  results: readonly RegisteredAsset[];
  onAgain: () => void;
  onClose: () => void;
}) {
  const org = useOrg();
  const added = props.results.filter((each) => each.status === 'registered').length;
  return (
    <div className="grid gap-4">
      <p role="status" className="text-sm font-medium">
        {count(added, 'asset')} added.
      </p>
      <ul className="grid gap-2 text-sm">
        {props.results.map((each, line) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same value may be pasted twice
          <li key={line} className="grid gap-0.5">
            <span className="flex flex-wrap items-center gap-2">
              <Badge tone={SAYS[each.status][0]}>{SAYS[each.status][1]}</Badge>
              <span className="font-medium break-all">{each.value}</span>
              {each.asset && !each.asset.verified && (
                <Link
                  to="/o/$org/assets/$id/verify"
                  params={{ org, id: each.asset.id }}
                  className="font-medium text-accent underline"
                >
                  Verify now
                </Link>
              )}
            </span>
            {each.reason && <span className="text-ink-muted">{each.reason}</span>}
          </li>
        ))}
      </ul>
      <div className="flex justify-end gap-2">
        <Button onClick={props.onAgain}>Add more</Button>
        <Button look="primary" onClick={props.onClose}>
          Done
        </Button>
      </div>
    </div>
  );
}
