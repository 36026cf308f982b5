/** Why somebody may do something here, or may not: the chain of grants. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMay, useMe } from '@/app/session';
import type { AccessStep } from '@/client';
import {
  explainAccessOptions,
  listAssetsOptions,
  listMembersOptions,
} from '@/client/@tanstack/react-query.gen';
import { Badge } from '@/ui/badge';
import { Choice } from '@/ui/field';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { ProblemNotice } from '@/ui/problem-notice';
import { Card, Waiting } from '@/ui/screen';
import { permissionSays } from './rights';

const ASKED = [
  'assets:read',
  'assets:write',
  'runs:read',
  'runs:create',
  'exposures:read',
  'exposures:act',
  'reports:read',
  'members:manage',
  'keys:manage',
  'billing:manage',
  'audit:read',
] as const;
const KINDS: Record<string, string> = { role: 'Role', own_role: 'Own role', team: 'Team' };

export function Why() {
  const me = useMe();
  const mayManage = useMay('members:manage');
  const maySeeAssets = useMay('assets:read');
  const members = useQuery({ ...listMembersOptions(), enabled: mayManage });
  const assets = useQuery({ ...listAssetsOptions(), enabled: maySeeAssets });
  const [who, setWho] = useState(me.user.id);
  const [permission, setPermission] = useState<string>('assets:read');
  const [asset, setAsset] = useState('');
  const people = mayManage
    ? (members.data?.items ?? []).map(({ user }) => [user.id, user.display_name] as const)
    : [[me.user.id, me.user.display_name] as const];
  const things = (assets.data?.items ?? []).map((each) => [each.id, each.value] as const);
  return (
    <Card title="Why may they?">
      <div className="flex flex-wrap gap-3">
        <Choice label="Who" value={who} options={people} onChange={setWho} />
        <Choice
          label="To"
          value={permission}
          options={ASKED.map((each) => [each, permissionSays(each)] as const)}
          onChange={setPermission}
        />
        <Choice
          label="On"
          value={asset}
          options={[['', 'everything'] as const, ...things]}
          onChange={setAsset}
        />
      </div>
      <Explanation who={who} permission={permission} asset={asset} />
    </Card>
  );
}

function Explanation(props: { who: string; permission: string; asset: string }) {
  const { who, permission, asset } = props;
  const query = { user_id: who, permission, ...(asset !== '' && { asset_id: asset }) };
  const why = useQuery(explainAccessOptions({ query }));
  if (why.isPending) return <Waiting what="the grants" />;
  if (why.isError) return <ProblemNotice error={why.error} retry={() => void why.refetch()} />;
  return (
    <div className="grid gap-3">
      <p role="status" className="flex items-center gap-2 text-sm">
        {why.data.allowed ? <Badge tone="good">yes</Badge> : <Badge tone="medium">no</Badge>}
        <Inert>{why.data.reason}</Inert>
      </p>
      {why.data.steps.length > 0 && (
        <Table label="What they hold" head={['From', 'Organization', 'On', 'Gives it']}>
          {why.data.steps.map((step) => (
            <tr key={`${step.kind} ${step.tenant_key} ${step.name} ${step.tag ?? ''}`}>
              <td className="font-medium">
                {KINDS[step.kind] ?? step.kind} <Inert>{step.name}</Inert>
              </td>
              <td>
                <Inert>{step.organization}</Inert>
              </td>
              <td>{where(step)}</td>
              <td>{step.grants ? 'yes' : 'no'}</td>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}

function where(step: AccessStep) {
  return step.tag ? `assets with the tag ${step.tag}` : 'everything';
}
