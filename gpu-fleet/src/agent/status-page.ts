/** A JSON page on loopback for whoever stands before the box: what it is, what runs. */
import { createServer, type Server } from 'node:http';

export function openStatusPage(port: number, status: () => Record<string, unknown>): Promise<Server> {
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === '/';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(`${JSON.stringify(found ? status() : { detail: 'The status page is GET /.' }, null, 2)}\n`);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
