/** Why an exposure is as urgent as it is, and what is published about the CVEs it is about. */
import type { ExposureDetail } from '@/client';
import { KnownAttacksBadge, ScoreBadge } from '@/ui/badge';
import { Inert } from '@/ui/inert';
import { Table } from '@/ui/list';
import { Card, Facts } from '@/ui/screen';

export function Urgency({ it }: { it: ExposureDetail }) {
  const { because, cves, cvss_score, cvss_vector } = it.risk;
  return (
    <Card
      title="Urgency"
      actions={
        <span className="flex gap-1">
          {it.kev && <KnownAttacksBadge />}
          <ScoreBadge score={it.score} />
        </span>
      }
    >
      {because.length > 0 && (
        <ul className="list-disc pl-5 text-sm">
          {because.map((reason) => (
            <li key={reason}>
              <Inert>{reason}</Inert>
            </li>
          ))}
        </ul>
      )}
      {cvss_vector && (
        <Facts
          rows={[
            [
              'CVSS',
              <span key="cvss" className="break-all">
                {cvss_score?.toFixed(1)}{' '}
                <code className="font-mono text-xs">
                  <Inert>{cvss_vector}</Inert>
                </code>
              </span>,
            ],
          ]}
        />
      )}
      {cves.length > 0 && (
        <Table
          label="Vulnerabilities"
          head={['CVE', 'Attack within 30 days (EPSS)', 'Attacks known']}
        >
          {cves.map((cve) => (
            <tr key={cve.id}>
              <th scope="row" className="px-3 py-(--row-gap) text-left font-medium">
                <a
                  href={`https://www.cve.org/CVERecord?id=${encodeURIComponent(cve.id)}`}
                  rel="noreferrer"
                  className="text-accent underline"
                >
                  <Inert>{cve.id}</Inert>
                </a>
              </th>
              <td className="tabular-nums">{likely(cve.epss)}</td>
              <td>
                {cve.kev_added ? `since ${cve.kev_added}` : 'none known'}
                {cve.ransomware && ', also by extortionists'}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
}

/** A probability as people read one; none is none, not nothing. */
function likely(epss: number | null | undefined): string {
  if (epss === null || epss === undefined) return 'not known';
  return epss < 0.001 ? 'below 0.1 %' : `${(epss * 100).toFixed(1)} %`;
}
