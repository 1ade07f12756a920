import pino from 'pino';
import { logContext } from './log-context.js';
import { redact, scrub } from './redaction.js';

export type Log = pino.Logger;
export type LogLevel = pino.LevelWithSilent;

const root = pino({
  level: 'info',
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  mixin: () => logContext() ?? {},
  formatters: {
    level: (label) => ({ level: label }),
    log: (line) => redact(line) as Record<string, unknown>,
  },
  hooks: { streamWrite: scrub },
});

const rooms = new Map<string, Log>();

/**
 * The log of a room: `log('jobs').info({ jobId }, 'job submitted')`. One JSON object a line on standard output, with the request id of the
 * work in progress; values under secret names and secrets inside text are cut out.
 */
export function log(room: string): Log {
  const known = rooms.get(room);
  if (known) return known;
  const made = root.child({ room });
  rooms.set(room, made);
  return made;
}

/** Sets the level of every room, those asked for earlier included. */
export function setLogLevel(level: LogLevel): void {
  root.level = level;
  for (const room of rooms.values()) room.level = level;
}
