/** What follows a change of an integration. */
import { useQueryClient } from '@tanstack/react-query';
import { listIntegrationsQueryKey } from '@/client/@tanstack/react-query.gen';

/** Has everything that was read of integrations read again. */
export function useReadAgain() {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: listIntegrationsQueryKey() });
}
