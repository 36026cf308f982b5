/** The query cache: what counts as fresh, what is tried again, where a lost session leads. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { asProblem } from './problem';

/** Milliseconds before a shown list is read again when its screen is opened anew. */
const FRESH_MS = 5_000;
/** Reads are tried again this often when nobody answered; refusals never. */
const RETRIES = 2;

/** The cache, with one way out for a session that has ended. */
export function makeQueryClient(onSessionLost: () => void): QueryClient {
  const watch = (error: unknown) => {
    if (asProblem(error).status === 401) onSessionLost();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _context, mutation) => {
        // Signing in with a wrong password is a refusal, not a lost session.
        if (mutation.meta?.signingIn !== true) watch(error);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (count, error) => {
          const { status } = asProblem(error);
          return count < RETRIES && (status === 0 || status === 502 || status === 503);
        },
      },
      mutations: { retry: false },
    },
  });
}
