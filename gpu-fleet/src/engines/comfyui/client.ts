/** ComfyUI's HTTP calls, and one long-lived socket under one client id. */
import { createWriteStream } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { WebSocket } from 'ws';
import { EngineFault, EngineInputError } from '../engine.js';
import { binaryFrame, textFrame, type ComfyEvent, type PreviewFrame } from './frames.js';
import type { ObjectInfo } from './graphs/check-graph.js';
import type { Prompt } from './graphs/graph.js';

export interface NodeError {
  type: string;
  message: string;
  details: string;
  extra_info?: { input_name?: string; received_value?: unknown };
}
export type NodeErrors = Record<string, { errors: NodeError[]; class_type: string }>;
export interface Refusal {
  error: { type: string; message: string; details?: unknown; extra_info?: Record<string, unknown> } | null;
  nodeErrors: NodeErrors;
}
export interface StoredFile {
  filename: string;
  subfolder: string;
  type: string;
}
export interface HistoryEntry {
  outputs: Record<string, Record<string, unknown>>;
  status: { status_str: string; completed: boolean; messages: [string, Record<string, unknown>][] };
}
export interface SystemStats {
  system: { comfyui_version?: string; ram_free?: number };
  devices: { name: string; type?: string; vram_total: number; vram_free: number }[];
}
export interface Listener {
  onEvent: (event: ComfyEvent) => void;
  onPreview: (frame: PreviewFrame) => void;
  /** The socket is there again after it was lost: what happened meanwhile was not heard. */
  onReconnect: () => void;
}

const ANSWER_MS = 30_000;
const RECONNECT_MS = 500;
const STOPPED_LOOK_MS = 100;
const PAYLOAD_TOO_LARGE = 413;

export class ComfyClient {
  readonly clientId = randomUUID();
  private socket: WebSocket | null = null;
  private opening: Promise<void> | null = null;
  private closed = false;
  private listener: Listener | null = null;
  /** How often the socket was opened: a new number means a server that may be another one. */
  openings = 0;
  /** Frames that were none: for the status page. */
  garbage = 0;

  /** @param answerMs how long a request may take */
  constructor(
    readonly url: string,
    private readonly answerMs = ANSWER_MS,
  ) {}

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  listen(listener: Listener | null): void {
    this.listener = listener;
  }

  /** Resolves when the socket is open; from then on it is opened again whenever it is lost. */
  async connect(): Promise<void> {
    if (this.isOpen) return;
    this.closed = false;
    await this.opened();
  }

  close(): void {
    this.closed = true;
    this.socket?.terminate();
    this.socket = null;
  }

  systemStats(): Promise<SystemStats> {
    return this.json('/system_stats');
  }
  objectInfo(): Promise<ObjectInfo> {
    return this.json('/object_info');
  }

  /** @returns the name under which `LoadImage` finds it; @throws EngineInputError when the server takes none so large */
  async upload(name: string, data: Uint8Array, contentType: string): Promise<string> {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(data)], { type: contentType }), name);
    form.set('type', 'input');
    form.set('overwrite', 'true');
    const answer = await this.request('/upload/image', { method: 'POST', body: form });
    if (answer.status === PAYLOAD_TOO_LARGE)
      throw new EngineInputError(
        'picture_too_large',
        `${name} has ${Math.ceil(data.byteLength / 2 ** 20)} MiB as ComfyUI is given it, more than it takes on this box: choose a smaller picture, or start ComfyUI with a larger --max-upload-size.`,
      );
    const stored = await this.read<{ name: string; subfolder: string }>(answer, '/upload/image');
    return stored.subfolder ? `${stored.subfolder}/${stored.name}` : stored.name;
  }

  /** Null: it is queued. A prompt of which a part does not validate is queued all the same; whoever asks takes it back. */
  async submit(prompt: Prompt, promptId: string): Promise<Refusal | null> {
    const body = JSON.stringify({ prompt, client_id: this.clientId, prompt_id: promptId, extra_data: { preview_method: 'auto' } });
    const answer = await this.request('/prompt', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const said = (await answer.json().catch(() => ({}))) as { error?: Refusal['error']; node_errors?: NodeErrors };
    const nodeErrors = said.node_errors ?? {};
    if (answer.ok && Object.keys(nodeErrors).length === 0) return null;
    return { error: said.error ?? null, nodeErrors };
  }

  async isQueued(promptId: string): Promise<'running' | 'pending' | null> {
    const queue = await this.json<{ queue_running: unknown[][]; queue_pending: unknown[][] }>('/queue');
    if (queue.queue_running.some((item) => item[1] === promptId)) return 'running';
    return queue.queue_pending.some((item) => item[1] === promptId) ? 'pending' : null;
  }

  /** Null while it is queued, running or unknown. */
  async history(promptId: string): Promise<HistoryEntry | null> {
    return (await this.json<Record<string, HistoryEntry>>(`/history/${promptId}`))[promptId] ?? null;
  }

  /** Takes a prompt out of the queue, or interrupts it; nothing happens to any other. */
  async cancel(promptId: string): Promise<void> {
    const post = (path: string, body: object): Promise<Response> =>
      this.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
    // Atomic where the server is new enough to know it.
    const answer = await post(`/api/jobs/${promptId}/cancel`, {});
    const said = answer.ok ? ((await answer.json().catch(() => null)) as { cancelled?: unknown } | null) : null;
    if (said?.cancelled === true) return;
    await post('/queue', { delete: [promptId] });
    // Servers older than interruption by id stop whatever runs: only when it is ours.
    if ((await this.isQueued(promptId)) === 'running') await post('/interrupt', { prompt_id: promptId });
  }

  /** Cancels it, and waits until it has left the queue. @returns false when it goes on, or nobody answers, after so long */
  async stop(promptId: string, graceMs: number): Promise<boolean> {
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => {
        isLate = true;
        resolve(false);
      }, graceMs);
    });
    const stopped = async (): Promise<boolean> => {
      for (let isTold = false; !isLate; await new Promise((resolve) => setTimeout(resolve, STOPPED_LOOK_MS))) {
        // A request that fails is made again.
        isTold ||= await this.cancel(promptId).then(
          () => true,
          () => false,
        );
        if (isTold && (await this.isQueued(promptId).catch(() => 'running')) === null) return true;
      }
      return false;
    };
    return Promise.race([stopped(), late]).finally(() => clearTimeout(timer));
  }

  async forget(promptId: string): Promise<void> {
    await this.request('/history', { method: 'POST', body: JSON.stringify({ delete: [promptId] }), headers: { 'content-type': 'application/json' } });
  }

  async free(): Promise<void> {
    const body = JSON.stringify({ unload_models: true, free_memory: true });
    await this.request('/free', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  }

  /** Null: the file is not there. */
  async view({ filename, subfolder, type }: StoredFile): Promise<Buffer | null> {
    const answer = await this.request(`/view?${new URLSearchParams({ filename, subfolder, type })}`);
    return answer.ok ? Buffer.from(await answer.arrayBuffer().catch((error: Error) => this.unanswered(error))) : null;
  }

  /** The same into a file. @returns whether it was there */
  async save({ filename, subfolder, type }: StoredFile, path: string): Promise<boolean> {
    const answer = await this.request(`/view?${new URLSearchParams({ filename, subfolder, type })}`);
    if (!answer.ok || !answer.body) return false;
    await pipeline(Readable.fromWeb(answer.body as never), createWriteStream(path, { mode: 0o600 }));
    return true;
  }

  private async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    return this.read(await this.request(path, init), path);
  }

  private request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { ...init, signal: AbortSignal.timeout(this.answerMs) }).catch((error: Error) => this.unanswered(error));
  }

  private async read<T>(answer: Response, path: string): Promise<T> {
    if (!answer.ok) throw new EngineFault('engine_error', `ComfyUI answered ${answer.status} to ${path}.`);
    return (await answer.json().catch((error: Error) => this.unanswered(error))) as T;
  }

  /** It did not come, or not to its end. */
  private unanswered(error: Error): never {
    if (error.name === 'TimeoutError') throw new EngineFault('engine_silent', `ComfyUI has not answered for ${this.answerMs / 1000} s.`);
    if (error instanceof SyntaxError) throw new EngineFault('engine_error', 'ComfyUI answered something that is no JSON.');
    throw new EngineFault('engine_crashed', `ComfyUI does not answer (${error.cause instanceof Error ? error.cause.message : error.message}).`);
  }

  /** One at a time: of two sockets of one client id the server hears only the later, and forgets it when the earlier closes. */
  private opened(): Promise<void> {
    return (this.opening ??= this.open().finally(() => (this.opening = null)));
  }

  private open(): Promise<void> {
    const address = `${this.url.replace(/^http/, 'ws')}/ws?clientId=${this.clientId}`;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(address, { handshakeTimeout: this.answerMs, maxPayload: 64 * 1024 * 1024 });
      let wasOpen = false;
      socket.on('open', () => {
        wasOpen = true;
        this.socket = socket;
        this.openings++;
        socket.send(JSON.stringify({ type: 'feature_flags', data: { supports_preview_metadata: true } }));
        resolve();
      });
      socket.on('message', (data: Buffer, isBinary) => this.hear(data, isBinary));
      socket.on('error', (error) => wasOpen || reject(new EngineFault('engine_crashed', `ComfyUI's socket does not open: ${error.message}`)));
      socket.on('close', () => {
        if (wasOpen && this.socket === socket) this.reopen();
      });
    });
  }

  private reopen(): void {
    this.socket = null;
    if (this.closed) return;
    setTimeout(() => {
      if (this.closed || this.socket) return;
      this.opened().then(
        () => this.listener?.onReconnect(),
        () => this.reopen(),
      );
    }, RECONNECT_MS).unref();
  }

  private hear(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      const frame = binaryFrame(data);
      if (frame === null) this.garbage++;
      else if (frame !== 'unused') this.listener?.onPreview(frame);
      return;
    }
    const event = textFrame(data.toString('utf8'));
    if (event) this.listener?.onEvent(event);
    else this.garbage++;
  }
}
