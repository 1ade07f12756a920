import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

interface Held {
  id: string;
  status: 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled';
  input: Record<string, unknown>;
  output: string | null;
  webhook: string;
  metrics: { predict_time?: number };
}

/** A service of predictions that refuses what the real one would refuse, and can be told to misbehave. */
export class PredictionsStandIn {
  readonly token = `tok_${randomUUID()}`;
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly held = new Map<string, Held>();
  /** What was wrong with requests; a test that sees any fails. */
  readonly faults: string[] = [];
  url = '';
  /** `hold` leaves predictions running until `finish`. */
  mode: 'finish' | 'hold' = 'finish';
  sendsWebhooks = true;
  /** Answers of the next creations: a status, or `vanish`: taken, but the connection breaks before the answer. */
  readonly next: (number | 'vanish')[] = [];
  creations = 0;
  private server: Server | undefined;

  static async start(version: string): Promise<PredictionsStandIn> {
    const standIn = new PredictionsStandIn(version);
    const server = createServer((request, response) => void standIn.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    standIn.server = server;
    standIn.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return standIn;
  }

  private constructor(private readonly version: string) {}

  get address(): string {
    return this.url.replace('http://', '');
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  reset(): void {
    this.held.clear();
    this.faults.length = this.next.length = 0;
    this.mode = 'finish';
    this.sendsWebhooks = true;
    this.creations = 0;
  }

  only(): Held {
    if (this.held.size !== 1) throw new Error(`there are ${this.held.size} predictions`);
    return [...this.held.values()][0]!;
  }

  /** Ends a prediction and says so, `times` times under one webhook id. */
  async finish(held: Held, status: Held['status'] = 'succeeded', times = 1): Promise<number[]> {
    held.status = status;
    held.metrics = { predict_time: 2 };
    if (status === 'succeeded') held.output = `${this.url}/files/${held.id}`;
    if (!this.sendsWebhooks) return [];
    const id = `msg_${randomUUID()}`;
    return Promise.all(Array.from({ length: times }, () => this.notify(held, id)));
  }

  async notify(held: Held, id: string, secret = this.secret, at = Math.floor(Date.now() / 1000)): Promise<number> {
    const body = JSON.stringify(held);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
    const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature };
    return (await fetch(held.webhook, { method: 'POST', headers, body })).status;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const send = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (path.startsWith('/files/')) {
      const picture = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#246' } })
        .jpeg()
        .toBuffer();
      return void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture);
    }
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      this.faults.push('wrong token');
      return send(401, { detail: 'Unauthenticated' });
    }
    const text = await new Promise<string>((resolve) => {
      let read = '';
      request.on('data', (chunk: Buffer) => (read += chunk.toString())).on('end', () => resolve(read));
    });
    if (request.method === 'POST' && path === '/v1/predictions') return this.create(text, request, response, send);
    if (request.method === 'GET' && path === '/v1/predictions') return send(200, { results: [...this.held.values()].toReversed(), next: null });
    const [, id, verb] = /^\/v1\/predictions\/([\w-]+)(\/cancel)?$/.exec(path) ?? [];
    const held = id ? this.held.get(id) : undefined;
    if (!held) return send(404, { detail: 'Not found' });
    if (verb && request.method === 'POST' && (held.status === 'starting' || held.status === 'processing')) held.status = 'canceled';
    send(200, held);
  }

  private create(text: string, request: IncomingMessage, response: ServerResponse, send: (status: number, body: unknown) => void): void {
    this.creations++;
    const verdict = this.next.shift();
    const fault = this.faultOf(text, request);
    if (fault) {
      this.faults.push(fault);
      return send(422, { detail: fault });
    }
    if (typeof verdict === 'number') return send(verdict, { detail: `told to answer ${verdict}` });
    const { input, webhook } = JSON.parse(text) as Pick<Held, 'input' | 'webhook'>;
    const held: Held = { id: `p${randomUUID()}`, status: 'starting', input, output: null, webhook, metrics: {} };
    this.held.set(held.id, held);
    if (verdict === 'vanish') return void response.destroy();
    send(201, held);
    if (this.mode === 'finish') setTimeout(() => void this.finish(held).catch(() => undefined), 50);
  }

  private faultOf(text: string, request: IncomingMessage): string | undefined {
    if (request.headers['content-type'] !== 'application/json') return 'content type';
    const body = JSON.parse(text) as Record<string, unknown>;
    const unknown = Object.keys(body).filter((key) => !['version', 'input', 'webhook', 'webhook_events_filter'].includes(key));
    if (unknown.length > 0) return `unknown fields ${unknown.join()}`;
    if (body['version'] !== this.version) return 'version';
    if (typeof body['input'] !== 'object' || typeof (body['input'] as Record<string, unknown>)['prompt'] !== 'string') return 'input';
    if (typeof body['webhook'] !== 'string' || !URL.canParse(body['webhook'])) return 'webhook';
    return JSON.stringify(body['webhook_events_filter']) === '["completed"]' ? undefined : 'webhook_events_filter';
  }
}
