import type { LoggerService } from '@nestjs/common';
import { log, type Log } from './log.js';

type Level = 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal';

/** Lets the framework speak through our log: its context name becomes the room. Its start-up chatter is `debug`. */
export class NestLog implements LoggerService {
  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes (message, stack?, context?) in several shapes; the last short string is the context. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    const last = rest.at(-1);
    const context = typeof last === 'string' && !last.includes('\n') ? last : 'nest';
    const stack = rest.find((item): item is string => typeof item === 'string' && item.includes('\n'));
    const room: Log = log(context);
    if (message instanceof Error) room[level]({ err: message }, message.message);
    else if (typeof message === 'object' && message !== null) room[level]({ ...message, ...(stack ? { stack } : {}) });
    else room[level](stack ? { stack } : {}, String(message));
  }
}
