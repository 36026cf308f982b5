/** Whether an asset is excluded from scans, and the way to change that. */
import { useState } from 'react';
import { useMay, useOrg } from '@/app/session';
import { Button, ButtonLink } from '@/ui/button';
import { NewExclusion, useExclusions } from '../scan-windows/exclusions';

export function Exclude({ value }: { value: string }) {
  const org = useOrg();
  const mayChange = useMay('organization:write');
  const [asking, setAsking] = useState(false);
  const { list, save, exclusions, put } = useExclusions(() => setAsking(false));
  if (!list.data) return null;
  if (exclusions.some(({ what }) => what === value)) {
    return (
      <ButtonLink to="/o/$org/settings/scan-windows" params={{ org }}>
        Excluded from scans
      </ButtonLink>
    );
  }
  if (!mayChange) return null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>Exclude from scans…</Button>
      {asking && (
        <NewExclusion
          of={value}
          nth={exclusions.length}
          onClose={() => {
            setAsking(false);
            save.reset();
          }}
          onAdd={(exclusion) => put([...exclusions, exclusion])}
          busy={save.isPending}
          error={save.error}
        />
      )}
    </>
  );
}
