import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { outsideTransaction } from '../database/index.js';
import { log } from '../telemetry/index.js';

export type WakeChannel = 'job' | 'tenant' | 'lane' | 'lease' | 'room' | 'outbox' | 'revoked' | 'settings';
export const LISTEN_URL = Symbol('address of the login that listens');

/** PostgreSQL refuses notifications of 8000 bytes and more. */
const PAYLOAD_MAX = 7000;
const COALESCE_MS = 4;

/**
 * Tells every process (this one at once, the others through one NOTIFY per few milliseconds) that something is worth a look.
 * Carries ids only and no truth: a lost wake-up costs a second, because every waiter also looks by itself.
 */
@Injectable()
export class Wakeups implements OnModuleInit, OnApplicationShutdown {
  private readonly log = log('platform/wakeups');
  private readonly self = randomUUID();
  private readonly local = new EventEmitter().setMaxListeners(0);
  private readonly outgoing = new Set<string>();
  private client: pg.Client | undefined;
  private flushing: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(@Inject(LISTEN_URL) private readonly url: string) {}

  async onModuleInit(): Promise<void> {
    await this.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.flushing);
    await this.flush();
    this.stopping = true;
    await this.client?.end().catch(() => undefined);
  }

  /** Call after commit (`onCommit(() => wakeups.wake('job', jobId))`). */
  wake(channel: WakeChannel, key = ''): void {
    outsideTransaction(() => this.local.emit(channel, key));
    this.outgoing.add(`${channel}:${key}`);
    this.flushing ??= setTimeout(() => void outsideTransaction(() => this.flush()), COALESCE_MS);
  }

  /** Returns the function that ends the subscription. */
  subscribe(channel: WakeChannel, listener: (key: string) => void): () => void {
    this.local.on(channel, listener);
    return () => this.local.off(channel, listener);
  }

  private async flush(): Promise<void> {
    this.flushing = undefined;
    const client = this.client;
    let batch: string[] = [];
    let size = 0;
    const send = async (): Promise<void> => {
      const payload = JSON.stringify([this.self, ...batch]);
      batch = [];
      size = 0;
      await client?.query('SELECT pg_notify($1, $2)', ['atelier', payload]).catch(() => undefined);
    };
    const entries = Array.from(this.outgoing);
    this.outgoing.clear();
    for (const entry of entries) {
      batch.push(entry);
      size += entry.length + 3;
      if (size > PAYLOAD_MAX - 100) await send();
    }
    if (batch.length > 0) await send();
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'atelier listen', keepAlive: true });
    client.on('error', () => undefined);
    client.on('notification', (message) => this.receive(message.payload ?? '[]'));
    try {
      await client.connect();
      await client.query('LISTEN atelier');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    // Only a connection that stood is replaced from here: one that never came is tried again by whoever asked for it.
    client.once('end', () => {
      this.client = undefined;
      if (!this.stopping) setTimeout(() => void this.reconnect(), 200);
    });
  }

  private async reconnect(): Promise<void> {
    if (this.stopping) return;
    await this.connect().catch((error: Error) => {
      this.log.debug({ err: error }, 'the listening connection is not back yet');
      setTimeout(() => void this.reconnect(), 500);
    });
  }

  private receive(payload: string): void {
    const [sender, ...entries] = JSON.parse(payload) as string[];
    if (sender === this.self) return;
    for (const entry of entries) {
      const colon = entry.indexOf(':');
      this.local.emit(entry.slice(0, colon), entry.slice(colon + 1));
    }
  }
}
