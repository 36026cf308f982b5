/** What the service covers in evidence, shown when somebody asks; each time is on the record. */
import { useMutation } from '@tanstack/react-query';
import type { ExposureDetail } from '@/client';
import { revealEvidenceMutation } from '@/client/@tanstack/react-query.gen';

export interface Secrets {
  isOpen: boolean;
  isPending: boolean;
  error: unknown;
  toggle: () => void;
}

/** Kept by the page alone and only while it shows them: never in the cache of what was read. */
export function useSecrets(key: string) {
  const reveal = useMutation({ ...revealEvidenceMutation(), gcTime: 0 });
  const isOf = reveal.variables?.path.key === key;
  /** The exposure as it is to be shown. */
  const shown = (it: ExposureDetail): [ExposureDetail, Secrets] => {
    const seen = isOf ? reveal.data : undefined;
    // Newer evidence is another thing to ask for.
    const isOpen = !!seen && seen.evidence?.run_id === it.evidence?.run_id;
    const secrets = {
      isOpen,
      isPending: isOf && reveal.isPending,
      error: isOf ? reveal.error : null,
      toggle: () => (isOpen ? reveal.reset() : reveal.mutate({ path: { key } })),
    };
    return [isOpen ? { ...it, ...seen } : it, secrets];
  };
  return shown;
}
