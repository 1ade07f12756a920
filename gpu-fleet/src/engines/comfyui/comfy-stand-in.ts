/** A server that speaks ComfyUI's protocol, for the specs: own queue, history, files and socket; it checks every prompt by its own list of nodes, and can fail in every way. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { WebSocketServer, type WebSocket } from 'ws';
import { frameSizeOf } from './comfy-clips.js';
import { faultsOf, NODES, type Prompt, type Signature } from './comfy-nodes.js';

interface Item {
  id: string;
  prompt: Prompt;
  clientId: string;
}
export interface Behaviour {
  /** Sentences of `execution_error`, one a prompt, in their order; undefined: it goes well. */
  errors?: { type: string; message: string }[];
  /** Says nothing and never ends. */
  hangs?: boolean;
  /** Forgets queue and history in the middle, as after a start. */
  forgets?: boolean;
  /** Drops the socket in the middle. */
  drops?: boolean;
  /** Sends frames that are none. */
  garbage?: boolean;
  /** Writes the history so late. */
  historyMs?: number;
  /** Answers 200 with errors of nodes, and queues the prompt all the same. */
  partial?: boolean;
  /** Combos in the newer form. */
  v3?: boolean;
  /** Classes it does not have, and those it has beside the core ones. */
  without?: readonly string[];
  extra?: Readonly<Record<string, Signature>>;
  stepMs?: number;
  /** The worker begins, counts 0 of 1, and loads so long. */
  loadMs?: number;
  /** All but the last node is answered from the cache: no progress is told. */
  cached?: boolean;
  /** Answers a prompt so late. */
  lateMs?: number;
  /** Tells of a prompt of somebody else in between. */
  stranger?: boolean;
  /** Knows `POST /api/jobs/{id}/cancel`, as newer ones do. */
  cancels?: boolean;
  /** Answers a submission so late, while the prompt is worked on already. */
  answerMs?: number;
  /** Makes pictures of another size than asked. */
  size?: { width: number; height: number };
}

export class ComfyStandIn {
  readonly submitted: Prompt[] = [];
  readonly uploads = new Map<string, Buffer>();
  readonly calls: string[] = [];
  readonly folder = mkdtempSync(join(tmpdir(), 'atelier-comfy-'));
  behaviour: Behaviour = {};
  private readonly files = new Map<string, Buffer>();
  private readonly history = new Map<string, object>();
  private queue: Item[] = [];
  private running: Item | null = null;
  private interrupted = false;
  private readonly open = new Map<string, WebSocket>();
  private client = '';
  private made = 0;

  private constructor(
    private readonly server: Server,
    private readonly sockets: WebSocketServer,
  ) {}

  static async start(): Promise<ComfyStandIn> {
    const server = createServer();
    const sockets = new WebSocketServer({ server, path: '/ws' });
    const standIn = new ComfyStandIn(server, sockets);
    server.on('request', (request, response) => void standIn.answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message)));
    sockets.on('connection', (socket, request) => {
      standIn.client = new URL(request.url!, standIn.url).searchParams.get('clientId') ?? '';
      standIn.open.set(standIn.client, socket);
      standIn.tell('status', { status: { exec_info: { queue_remaining: standIn.queue.length } } });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What lies in a folder of its own. */
  filesOf(folder: string): string[] {
    const path = join(this.folder, folder);
    return existsSync(path) ? readdirSync(path) : [];
  }

  /** As after a start: nothing runs, nothing is known. */
  reset(): void {
    this.behaviour = {};
    this.interrupted = false;
    this.running = null;
    this.queue = [];
    this.history.clear();
    this.submitted.length = 0;
    this.calls.length = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    this.calls.push(`${request.method} ${url.pathname}`);
    const json = (body: unknown, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const read = async (): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    switch (`${request.method} ${url.pathname.replace(/^\/history\/.+/, '/history/id').replace(/^\/api\/jobs\/[^/]+/, '/api/jobs/id')}`) {
      case 'GET /system_stats':
        return json({
          system: { comfyui_version: '0.8.0', os: 'posix' },
          devices: [{ name: 'stand-in', type: 'cuda', index: 0, vram_total: 16e9, vram_free: 8e9 }],
        });
      case 'GET /object_info':
        return json(Object.fromEntries(Object.entries(this.nodes()).map(([name, signature]) => [name, this.infoOf(name, signature)])));
      case 'POST /upload/image':
        return json(this.taken(await read(), String(request.headers['content-type'])));
      case 'POST /api/jobs/id/cancel': {
        if (!this.behaviour.cancels) return void response.writeHead(404).end();
        const isOurs = this.running?.id === url.pathname.split('/')[3];
        if (isOurs) this.interrupted = true;
        return json({ cancelled: isOurs });
      }
      case 'POST /prompt':
        if (this.behaviour.lateMs) await new Promise((resolve) => setTimeout(resolve, this.behaviour.lateMs));
        return this.take(JSON.parse((await read()).toString()) as { prompt: Prompt; client_id: string; prompt_id: string }, json);
      case 'GET /queue':
        return json({
          queue_running: this.running ? [[0, this.running.id, {}, {}, []]] : [],
          queue_pending: this.queue.map((item, n) => [n + 1, item.id, {}, {}, []]),
        });
      case 'POST /queue': {
        const { delete: ids = [] } = JSON.parse((await read()).toString()) as { delete?: string[] };
        this.queue = this.queue.filter(({ id }) => !ids.includes(id));
        return void response.end();
      }
      case 'POST /interrupt': {
        const { prompt_id } = JSON.parse((await read()).toString() || '{}') as { prompt_id?: string };
        if (!prompt_id || this.running?.id === prompt_id) this.interrupted = true;
        return void response.end();
      }
      case 'GET /history/id': {
        const id = url.pathname.split('/').at(-1)!;
        return json(this.history.has(id) ? { [id]: this.history.get(id) } : {});
      }
      case 'POST /history':
      case 'POST /free':
        await read();
        return void response.end();
      case 'GET /view': {
        const file = this.files.get(url.searchParams.get('filename')!);
        return void (file ? response.end(file) : response.writeHead(404).end());
      }
      default:
        return void response.writeHead(404).end();
    }
  }

  private nodes(): Record<string, Signature> {
    const all = { ...NODES, ...this.behaviour.extra };
    return Object.fromEntries(Object.entries(all).filter(([name]) => !this.behaviour.without?.includes(name)));
  }

  private list(folder: string): string[] {
    if (folder === 'input') return [...this.uploads.keys()];
    const path = join(this.folder, 'models', folder, 'atelier');
    return existsSync(path) ? readdirSync(path).map((name) => `atelier/${name}`) : [];
  }

  private infoOf(name: string, { inputs, outputs, isOutput = false }: Signature): object {
    const required: Record<string, unknown> = {},
      optional: Record<string, unknown> = {};
    for (const [key, input] of Object.entries(inputs)) {
      const options =
        typeof input === 'string' ? (input.startsWith('F:') ? this.list(input.slice(2)) : null) : input[0] === 'INT' || input[0] === 'FLOAT' ? null : input;
      const rules = input === 'F:input' ? { image_upload: true } : {};
      const entry = options
        ? this.behaviour.v3
          ? ['COMBO', { options, ...rules }]
          : [options, rules]
        : typeof input === 'string'
          ? [input, {}]
          : [input[0], { min: input[1], max: input[2] }];
      (key.endsWith('?') ? optional : required)[key.replace(/\?$/, '')] = entry;
    }
    return { input: { required, optional }, output: outputs, name, output_node: isOutput };
  }

  /** The one file of a form. */
  private taken(body: Buffer, contentType: string): { name: string; subfolder: string; type: string } {
    const boundary = `--${/boundary=(.+)$/.exec(contentType)![1]!}`;
    const text = body.toString('latin1');
    const part = text.split(boundary).find((each) => /name="image"/.test(each))!;
    const name = /filename="([^"]+)"/.exec(part)![1]!;
    const start = text.indexOf(part) + part.indexOf('\r\n\r\n') + 4;
    this.uploads.set(name, body.subarray(start, text.indexOf(part) + part.length - 2));
    this.put('input', name, this.uploads.get(name)!);
    return { name, subfolder: '', type: 'input' };
  }

  private take(
    { prompt, client_id, prompt_id }: { prompt: Prompt; client_id: string; prompt_id: string },
    json: (body: unknown, status?: number) => void,
  ): void {
    this.submitted.push(prompt);
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(prompt_id))
      return json({ error: { type: 'invalid_prompt_id', message: 'not a UUID' }, node_errors: {} }, 400);
    const nodes = this.nodes();
    for (const { class_type } of Object.values(prompt))
      if (!nodes[class_type])
        return json({ error: { type: 'missing_node_type', message: `Node '${class_type}' not found.`, extra_info: { class_type } }, node_errors: {} }, 400);
    if (!Object.values(prompt).some(({ class_type }) => nodes[class_type]!.isOutput))
      return json({ error: { type: 'prompt_no_outputs', message: 'Prompt has no outputs' }, node_errors: {} }, 400);
    const node_errors = faultsOf(prompt, nodes, (folder) => this.list(folder));
    if (Object.keys(node_errors).length > 0 && !this.behaviour.partial)
      return json({ error: { type: 'prompt_outputs_failed_validation', message: 'Prompt outputs failed validation' }, node_errors }, 400);
    this.queue.push({ id: prompt_id, prompt, clientId: client_id });
    setTimeout(() => void this.work(), 5);
    const partial = this.behaviour.partial
      ? {
          [Object.entries(prompt).find(([, { class_type }]) => class_type === 'KSampler')![0]]: {
            class_type: 'KSampler',
            errors: [{ type: 'value_bigger_than_max', message: 'too big', details: '', extra_info: { input_name: 'cfg', received_value: 999 } }],
            dependent_outputs: [],
          },
        }
      : {};
    const answer = (): void => json({ prompt_id, number: 1, node_errors: { ...node_errors, ...partial } });
    if (this.behaviour.answerMs) setTimeout(answer, this.behaviour.answerMs);
    else answer();
  }

  private async work(): Promise<void> {
    if (this.running || this.queue.length === 0) return;
    const item = (this.running = this.queue.shift()!);
    const { behaviour } = this;
    const messages: [string, object][] = [];
    const say = (type: string, data: object = {}): void => {
      messages.push([type, { prompt_id: item.id, ...data }]);
      this.tell(type, { prompt_id: item.id, ...data });
    };
    say('execution_start', { timestamp: Date.now() });
    say('execution_cached', { nodes: behaviour.cached ? Object.keys(item.prompt).slice(0, -1) : [], timestamp: Date.now() });
    const working = /KSampler$|SamplerCustom|ImageUpscaleWithModel|^EmptyImage/;
    const [worker, { class_type, inputs }] = Object.entries(item.prompt).find(([, node]) => working.test(node.class_type))!;
    const steps = behaviour.cached ? 0 : Number(inputs['steps'] ?? (class_type === 'EmptyImage' ? 0 : 4));
    if (!behaviour.cached) {
      say('executing', { node: worker });
      this.tellState(item.id, worker, 0, 1);
      if (behaviour.loadMs) await new Promise((resolve) => setTimeout(resolve, behaviour.loadMs));
    }
    if (behaviour.stranger) this.tellOfStranger(worker);
    for (let step = 1; step <= steps && !this.interrupted; step++) {
      await new Promise((resolve) => setTimeout(resolve, behaviour.stepMs ?? 10));
      // Forgotten by a reset meanwhile.
      if (behaviour.hangs || this.running !== item) return;
      if (behaviour.forgets && step === 2) {
        this.running = null;
        return;
      }
      if (behaviour.drops && step === 2) this.socket?.terminate();
      if (behaviour.garbage)
        for (const frame of [Buffer.from('{not json'), Buffer.from([0, 0]), Buffer.from([0, 0, 0, 4, 255, 255, 255, 255, 1])])
          this.socket?.send(frame, { binary: frame[0] === 0 });
      this.tell('progress', { prompt_id: item.id, node: worker, value: step, max: steps });
      this.tellState(item.id, worker, step, steps);
      await this.preview(item.id, worker, step);
    }
    const error = behaviour.errors?.shift();
    let outputs = {};
    if (this.interrupted) say('execution_interrupted', { node_id: worker, node_type: 'KSampler', executed: [] });
    else if (error?.message)
      say('execution_error', { node_id: worker, node_type: 'KSampler', exception_message: error.message, exception_type: error.type, traceback: [] });
    else {
      outputs = await this.results(item.prompt);
      say('execution_success', { timestamp: Date.now() });
    }
    const failed = this.interrupted || Boolean(error?.message);
    this.interrupted = false;
    const write = (): void =>
      void this.history.set(item.id, { outputs, status: { status_str: failed ? 'error' : 'success', completed: !failed, messages }, meta: {} });
    if (behaviour.historyMs) setTimeout(write, behaviour.historyMs);
    else write();
    this.tell('executing', { node: null, prompt_id: item.id });
    this.running = null;
    void this.work();
  }

  private async preview(promptId: string, node: string, step: number): Promise<void> {
    const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: { r: step * 10, g: 0, b: 0 } } })
      .jpeg()
      .toBuffer();
    const json = Buffer.from(JSON.stringify({ node_id: node, prompt_id: promptId, image_type: 'image/jpeg' }));
    const head = Buffer.alloc(8);
    if (step % 2) {
      head.writeUInt32BE(1, 0);
      head.writeUInt32BE(1, 4);
      this.socket?.send(Buffer.concat([head, image]));
    } else {
      head.writeUInt32BE(4, 0);
      head.writeUInt32BE(json.length, 4);
      this.socket?.send(Buffer.concat([head, json, image]));
    }
  }

  private async results(prompt: Prompt): Promise<object> {
    const [id, output] = Object.entries(prompt).find(([, { class_type }]) => /^(Save|Preview)/.test(class_type))!;
    const numbered = `${output.class_type === 'SaveVideo' ? 'clip' : 'picture'}_${String(++this.made).padStart(5, '0')}_`;
    if (output.class_type === 'SaveVideo') {
      const name = `${numbered}.mp4`;
      this.files.set(name, this.clip(prompt, await this.sizeOf(prompt)));
      return { [id]: { images: [{ filename: name, subfolder: 'atelier', type: 'output' }], animated: [true] } };
    }
    const { width, height } = this.behaviour.size ?? (await this.sizeOf(prompt));
    const picture = await sharp({ create: { width, height, channels: 3, background: '#3060c0' } })
      .png()
      .toBuffer();
    this.files.set(`${numbered}.png`, picture);
    this.put('output/atelier', `${numbered}.png`, picture);
    return { [id]: { images: [{ filename: `${numbered}.png`, subfolder: 'atelier', type: 'output' }] } };
  }

  private async sizeOf(prompt: Prompt): Promise<{ width: number; height: number }> {
    const of = (name: RegExp): Record<string, unknown> | undefined => Object.values(prompt).find(({ class_type }) => name.test(class_type))?.inputs;
    const scaled = of(/^ImageScale$/) ?? of(/^Empty.*(Latent|Image)/);
    if (scaled) return { width: Number(scaled['width']), height: Number(scaled['height']) };
    const { width, height } = await sharp(this.uploads.get(String(of(/^LoadImage$/)!['image']))!).metadata();
    const pad = of(/^ImagePadForOutpaint$/);
    return pad ? { width: width + Number(pad['left']) + Number(pad['right']), height: height + Number(pad['top']) + Number(pad['bottom']) } : { width, height };
  }

  private clip(prompt: Prompt, size: { width: number; height: number }): Buffer {
    const values = Object.values(prompt);
    const sized = values.find(({ inputs }) => 'width' in inputs && 'height' in inputs)?.inputs ?? { ...size };
    const cut = values.find(({ class_type }) => class_type === 'ImageFromBatch')?.inputs['length'];
    const counted = values.flatMap(({ class_type, inputs }) => (class_type === 'RepeatLatentBatch' ? [Number(inputs['amount'])] : []));
    const length =
      cut ??
      values.find(({ inputs }) => 'video_frames' in inputs)?.inputs['video_frames'] ??
      sized['length'] ??
      (counted.length > 0 ? counted.reduce((a, b) => a * b, 1) : sized['batch_size']);
    const fps = values.find(({ class_type }) => class_type === 'CreateVideo')!.inputs['fps'];
    const path = join(this.folder, `clip-${this.made}.mp4`);
    const { width, height } = frameSizeOf(prompt, size);
    const source = `testsrc=size=${width}x${height}:rate=${String(fps)}`;
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', String(length), '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-y', path]);
    const file = readFileSync(path);
    writeFileSync(path, '');
    return file;
  }

  private put(folder: string, name: string, data: Buffer): void {
    mkdirSync(join(this.folder, folder), { recursive: true });
    writeFileSync(join(this.folder, folder, name), data);
  }

  private tellState(prompt_id: string, node: string, value: number, max: number): void {
    this.tell('progress_state', { prompt_id, nodes: { [node]: { value, max, state: 'running', node_id: node, prompt_id } } });
  }

  private tellOfStranger(node: string): void {
    const prompt_id = '00000000-0000-4000-8000-000000000000';
    this.tell('progress', { prompt_id, node, value: 1, max: 77 });
    this.tell('executing', { prompt_id, node: null });
    this.tell('execution_error', { prompt_id, node_id: node, exception_message: 'of another' });
  }

  /** Of the client whose prompt runs, or of the one that has come just now. */
  private get socket(): WebSocket | undefined {
    return this.open.get(this.running?.clientId ?? this.client);
  }

  private tell(type: string, data: object): void {
    this.socket?.send(JSON.stringify({ type, data }));
  }
}
