import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { onCommit } from '../../platform/database/index.js';
import { Wakeups } from '../../platform/outbox/index.js';

/** How old an answer may be when a wake-up was lost. */
const AGE_MAX_MS = 5_000;
const KEYS_MAX = 20_000;

interface Answer {
  at: number;
  value: Promise<unknown>;
}

/** Remembers what is asked at every request and changes rarely: plans, price lists, rate cards. A change drops the answer in every process. */
@Injectable()
export class Fresh implements OnModuleInit, OnModuleDestroy {
  private readonly answers = new Map<string, Answer>();
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('settings', (key) => this.answers.delete(key));
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
  }

  /** The answer of at most 5 s ago, else a new one; those who ask at once wait for the same load. A failure is not remembered. */
  get<T>(key: string, load: () => Promise<T>): Promise<T> {
    const now = this.clock.now().getTime();
    const known = this.answers.get(key);
    if (known && now - known.at < AGE_MAX_MS && now >= known.at) return known.value as Promise<T>;
    const value = load();
    const answer: Answer = { at: now, value };
    this.answers.delete(key);
    this.answers.set(key, answer);
    if (this.answers.size > KEYS_MAX) this.answers.delete(this.answers.keys().next().value!);
    value.catch(() => this.answers.get(key) === answer && this.answers.delete(key));
    return value;
  }

  /** Inside the transaction of the change: when it commits, every process asks anew. */
  changed(key: string): void {
    onCommit(() => this.wakeups.wake('settings', key));
  }
}
