import { get, type IncomingHttpHeaders } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';

export interface Seen {
  id?: string;
  event: string;
  data: Record<string, unknown>;
}

/** An open `text/event-stream`, read as it comes. */
export interface Stream {
  status: number;
  headers: IncomingHttpHeaders;
  seen: Seen[];
  /** Comments, that is pings. */
  comments: string[];
  ended: Promise<void>;
  close(): void;
}

/** Each stream on a connection of its own, which ends with it. */
export function openStream(url: string, headers: Record<string, string>): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      const stream: Stream = {
        status: response.statusCode!,
        headers: response.headers,
        seen: [],
        comments: [],
        ended: new Promise((ended) => response.once('close', ended)),
        close: () => request.destroy(),
      };
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) take(block, stream);
      });
      response.on('error', () => undefined);
      resolve(stream);
    });
    request.once('error', reject);
  });
}

function take(block: string, stream: Stream): void {
  const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  if (fields['data'] !== undefined)
    stream.seen.push({ id: fields['id'], event: fields['event']!, data: JSON.parse(fields['data']) as Record<string, unknown> });
  else if (block.startsWith(':')) stream.comments.push(block);
}

export interface JobSocket {
  messages: { type: string; id: number; data: Record<string, unknown> }[];
  closed: Promise<{ code: number; reason: string }>;
  socket: WebSocket;
}

/** Opens a plain WebSocket; a refusal before the upgrade is thrown with its status and body. */
export function openSocket(url: string, options: ClientOptions = {}, protocols: string[] = []): Promise<JobSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options);
  const opened: JobSocket = {
    messages: [],
    socket,
    closed: new Promise((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))),
  };
  socket.on('message', (message: Buffer) => opened.messages.push(JSON.parse(message.toString()) as JobSocket['messages'][number]));
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(opened));
    socket.on('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode, body: JSON.parse(body) as unknown })),
      );
    });
  });
}

/** Waits until `what` holds; tests say in which time. */
export async function until(what: () => boolean, ms = 5000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
