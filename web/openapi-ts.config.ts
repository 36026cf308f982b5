/**
 * The client is built from the gateway's own document, never written by hand and never committed:
 * `openapi.json` is what the gateway serves at `/api/openapi.json`.
 */
import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: './openapi.json',
  output: { path: './src/client', clean: true },
  logs: { level: 'warn', file: false },
  plugins: [
    '@hey-api/client-fetch',
    // The browser sends the session's cookie by itself: no call needs to say how.
    { name: '@hey-api/sdk', auth: false },
    '@tanstack/react-query',
  ],
});
