import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { expect } from 'vitest';
import { f32, safetensors } from '../../src/studio/models/checks/crafted.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

export const PART = 1024 * 1024;
/** What the antivirus of these tests knows. */
export const MALICE = 'malice that only an antivirus knows';

export const digestOf = (file: Buffer): string => createHash('sha256').update(file).digest('hex');

/** Waits for it, in a test or before all of them. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 100)))
    if (Date.now() > end) throw new Error('it did not come about within 20 seconds');
}

/** A LoRA of SD 1.5 unlike any other; `hidden` lies among its numbers. */
export const lora = (bytes = 64, hidden = ''): Buffer => {
  const rank = Math.max(1, Math.ceil(bytes / 4 / 768));
  const name = 'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight';
  const header = safetensors({ [name]: f32([rank, 768], 0), __metadata__: { nonce: randomBytes(8).toString('hex') } }, 0);
  const numbers = randomBytes(rank * 768 * 4);
  numbers.write(hidden, 100, 'latin1');
  return Buffer.concat([header, numbers]);
};

/** Speaks clamd's INSTREAM and finds malice. `isDown`: it takes connections and hangs up. */
export class FakeClamd {
  isDown = false;
  /** Answers, and closes, after so many bytes, like one whose StreamMaxLength is smaller. */
  limit = Infinity;
  private constructor(private readonly server: TcpServer) {}

  static async open(): Promise<FakeClamd> {
    const server = createTcp();
    const clamd = new FakeClamd(server);
    server.on('connection', (socket) => clamd.talk(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return clamd;
  }
  get url(): string {
    return `tcp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  close(): void {
    this.server.close();
  }

  private talk(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.isDown) return void socket.destroy();
    let data = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      data = Buffer.concat([data, chunk]);
      if (data.length > this.limit) return void (socket.writable && socket.end('INSTREAM size limit exceeded. ERROR\0'));
      const file: Buffer[] = [];
      for (let at = 10; at + 4 <= data.length;) {
        const length = data.readUInt32BE(at);
        if (at + 4 + length > data.length) return;
        if (length === 0) return void socket.end(Buffer.concat(file).includes(MALICE) ? 'stream: Test.Malice FOUND\0' : 'stream: OK\0');
        file.push(data.subarray(at + 4, at + 4 + length));
        at += 4 + length;
      }
    });
  }
}

/** The monolith with small parts, an antivirus and a web to fetch from. */
export class Desk {
  private constructor(
    readonly app: TestApp,
    readonly clamd: FakeClamd,
    private readonly web: Server,
  ) {}

  /** `serve` answers what the web is asked. */
  static async open(serve: Parameters<typeof createServer>[1] = (_request, response) => void response.writeHead(404).end()): Promise<Desk> {
    const [clamd, web] = [await FakeClamd.open(), createServer(serve)];
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const app = await startApp({
      ATELIER_MODEL_PART_MB: '1',
      CLAMAV_URL: clamd.url,
      SAFE_FETCH_ALLOW_HTTP: 'true',
      SAFE_FETCH_TRUSTED: `127.0.0.1:${(web.address() as AddressInfo).port}`,
    });
    return new Desk(app, clamd, web);
  }
  async close(): Promise<void> {
    this.web.closeAllConnections();
    this.web.close();
    this.clamd.close();
    await this.app.close();
  }

  address(path: string): string {
    return `http://127.0.0.1:${(this.web.address() as AddressInfo).port}${path}`;
  }
  async person(name: string, plan = 'standard'): Promise<Person> {
    const person = await this.app.register(name);
    await this.app.setPlan(person.tenantId, plan);
    return person;
  }
  api(person: Person) {
    return this.app.api(person.token);
  }

  begin(person: Person, file: Buffer, wish: object = {}) {
    return this.api(person)
      .post('/models/upload')
      .send({ filename: 'a.safetensors', size: file.length, ...wish });
  }
  async sendParts(person: Person, id: string, file: Buffer): Promise<void> {
    for (let n = 1; (n - 1) * PART < file.length; n++) {
      const piece = file.subarray((n - 1) * PART, n * PART);
      const answer = await this.api(person).put(`/models/imports/${id}/parts/${n}`).set('content-type', 'application/octet-stream').send(piece);
      expect(answer.status, answer.text).toBe(200);
    }
  }
  async send(person: Person, id: string, file: Buffer): Promise<void> {
    await this.sendParts(person, id, file);
    expect((await this.api(person).post(`/models/imports/${id}/complete`)).status).toBe(202);
  }
  async importOf(person: Person, id: string) {
    return (await this.api(person).get(`/models/imports/${id}`)).body;
  }
  async ended(person: Person, id: string) {
    const isOver = async (): Promise<boolean> => ['done', 'refused', 'failed', 'canceled'].includes((await this.importOf(person, id)).stage);
    await until(isOver);
    return this.importOf(person, id);
  }
  /** From the first word to its end. */
  async imported(person: Person, file: Buffer, wish: object = {}) {
    const answer = await this.begin(person, file, wish);
    expect(answer.status, answer.text).toBe(201);
    await this.send(person, answer.body.id, file);
    return this.ended(person, answer.body.id);
  }
}
