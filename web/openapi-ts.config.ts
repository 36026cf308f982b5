/**
 * The client is built from the gateway's own document, never written by hand and never committed:
 * `openapi.json` is what the gateway serves at `/api/openapi.json`.
 */
import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: './openapi.json',
  output: { path: './src/client', clean: true },
  logs: { level: 'warn', file: false },
  plugins: ['@hey-api/client-fetch', '@tanstack/react-query'],
});
