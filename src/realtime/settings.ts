import { defineConfig } from '../platform/config/index.js';

export const realtimeConfig = defineConfig('realtime', (env) => ({
  /** Streams and sockets that one session or key may hold open at once, in each process. */
  streamsPerCaller: env.int('ATELIER_STREAMS_PER_CALLER', 50, { min: 1, max: 10_000 }),
  /** After this long a stream is closed; the client comes back with its last event id and is authenticated anew. */
  streamMaxMinutes: env.int('ATELIER_STREAM_MAX_MINUTES', 60, { min: 1, max: 1440 }),
}));
