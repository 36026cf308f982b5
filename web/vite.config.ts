import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running gateway; `make up` prints it. */
const gateway = process.env.WT_BASE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: gateway, changeOrigin: true } },
  },
  build: {
    target: 'es2023',
    // The gateway's CSP allows nothing inline: no data: fonts, no inlined modules.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    // Every screen's file is named in the first load: seven characters tell them apart as well as eight.
    rolldownOptions: { output: { chunkFileNames: 'assets/[name]-[hash:7].js' } },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['./src/test-setup.ts'],
    restoreMocks: true,
    pool: 'threads',
    maxWorkers: 1,
    // A screen is there in a second; a machine that compiles beside it takes many.
    testTimeout: 60_000,
  },
});
