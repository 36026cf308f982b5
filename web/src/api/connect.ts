/** Settings of the generated client: same origin, cookie session, problems as errors. */
import { client } from '@/client/client.gen';
import { problemFrom } from './problem';

/** The header that a foreign page cannot send; the gateway asks for it on all but GET. */
export const CSRF_HEADER = 'X-Watchtower-CSRF';

/** Called once before the first request. */
export function connect(): void {
  client.setConfig({ baseUrl: '', credentials: 'same-origin', throwOnError: true });
  client.interceptors.request.use((request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      request.headers.set(CSRF_HEADER, '1');
    return request;
  });
  client.interceptors.error.use((error, response) => problemFrom(error, response));
}
