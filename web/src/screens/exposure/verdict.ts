/** The state of an exposure as one sentence that does not claim more than was observed. */
import type { Exposure } from '@/client';

/** Why a cell was inconclusive (contracts §4), in words. */
const SILENCE: Record<string, string> = {
  unreachable: 'the host could not be reached',
  timeout: 'the host did not answer in time',
  refused: 'the port refused the connection',
  blocked: 'something blocked the scanner',
  rate_limited: 'the host limited the rate of requests',
  tls_failed: 'the TLS handshake failed',
  dns_servfail: 'the name servers failed',
  auth_lost: 'the authorization ended during the scan',
  skipped: 'the check was skipped',
  out_of_scope: 'the answer led out of the scope',
  check_missing: 'the worker did not have the check',
  engine_error: 'the check failed on our side',
};

export function verdict(it: Pick<Exposure, 'state' | 'decision' | 'unresponsive_reason'>): string {
  switch (it.state) {
    case 'open':
      if (it.decision === 'fix_in_progress')
        return 'It is open. Somebody is fixing it; verify when it is done.';
      if (it.decision === 'accept_risk') return 'It is open, and the risk was accepted.';
      if (it.decision === 'false_positive') return 'It was observed, and judged a false positive.';
      return 'It is open: the last look saw it.';
    case 'unresponsive': {
      const reason = it.unresponsive_reason ?? '';
      const because = reason === '' ? 'there was no usable answer' : (SILENCE[reason] ?? reason);
      return `It is not proven fixed: ${because}. It counts as open until somebody sees it gone.`;
    }
    case 'fixed':
      return 'It is fixed: the same check looked again, and it was conclusively gone.';
    case 'retired':
      return 'It is retired: the asset or its authorization was withdrawn. That is not a fix.';
    case 'stale_check':
      return 'The check was withdrawn from the catalogue, so nobody looks any more. That is not a fix.';
  }
}
