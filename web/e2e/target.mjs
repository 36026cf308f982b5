/** A small web server to scan, unless somebody else serves the folder already. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';

/** Serves a folder on a loopback address until closed; with `webroot`, only names it. */
export async function serveTarget({ host, port, webroot }) {
  if (webroot) return { webroot, close: async () => undefined };
  const folder = await mkdtemp(join(tmpdir(), 'watchtower-target-'));
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://target').pathname);
    const file = join(folder, normalize(path === '/' ? '/index.html' : path));
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/plain' });
      response.end('not here\n');
      return;
    }
    response.writeHead(200, { 'content-type': path.endsWith('/') ? 'text/html' : 'text/plain' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    webroot: folder,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
