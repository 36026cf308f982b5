/** Who is in the organization. */
import { useQuery } from '@tanstack/react-query';
import { listMembersOptions } from '@/client/@tanstack/react-query.gen';
import { Table } from '@/ui/list';
import { Moment } from '@/ui/moment';
import { ProblemNotice } from '@/ui/problem-notice';
import { Screen, Waiting } from '@/ui/screen';

export function Team() {
  const members = useQuery(listMembersOptions());
  return (
    <Screen title="Team" says="Everybody who may see this organization.">
      {members.isPending && <Waiting what="the members" />}
      {members.isError && (
        <ProblemNotice error={members.error} retry={() => void members.refetch()} />
      )}
      {members.data && (
        <Table label="Members" head={['Name', 'E-mail', 'Role', 'Since']}>
          {members.data.items.map((member) => (
            <tr key={member.user.id}>
              <td className="font-medium">{member.user.display_name}</td>
              <td>{member.user.email}</td>
              <td>{member.role}</td>
              <td>
                <Moment at={member.joined_at} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Screen>
  );
}
