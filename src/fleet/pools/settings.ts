import { defineConfig } from '../../platform/config/index.js';

const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LD_LIBRARY_PATH',
  'CUDA_VISIBLE_DEVICES',
  'FFMPEG_PATH',
  'ATELIER_WEIGHTS_DIR',
  'ATELIER_WEIGHTS_MAX_GB',
  'ATELIER_COMFYUI_URL',
  'ATELIER_COMFYUI_COMMAND',
  'ATELIER_COMFYUI_DIR',
  'ATELIER_ONNX',
  'ATELIER_ONNX_BUDGET_MB',
] as const;

/** The numbers of the fleet, read once. Every room of the wing uses this slice. */
export const fleetConfig = defineConfig('fleet', (env) => {
  const leaseTtlMs = env.int('ATELIER_LEASE_TTL_MS', 45_000, { min: 1000, max: 600_000 });
  return {
    /** A lease that was not extended for this long is lost. Four missed heartbeats (domain §7). */
    leaseTtlMs,
    /** How often a box reports; at most half the lease, or one late beat would lose it. */
    heartbeatMs: env.int('ATELIER_HEARTBEAT_MS', Math.min(10_000, Math.floor(leaseTtlMs / 3)), { min: 100, max: Math.floor(leaseTtlMs / 2) }),
    /** How long `lease` waits for work before it answers with none. */
    longPollMs: env.int('ATELIER_LONG_POLL_MS', 25_000, { min: 100, max: 60_000 }),
    /** Period of the queries that find unfinished rows. */
    sweepMs: env.int('ATELIER_SWEEP_MS', 5000, { min: 100, max: 60_000 }),
    /** First pause before a failed task runs again; it doubles with each failure (house §3). */
    retryBackoffMs: env.int('ATELIER_RETRY_BACKOFF_MS', 5000, { min: 0, max: 600_000 }),
    /** Largest file a box may hand in. */
    outputMaxBytes: env.int('ATELIER_OUTPUT_MAX_BYTES', 256 * 1024 * 1024, { min: 1024 }),
    /** Boxes kept on this machine in the pool `local`; 0 = none. */
    localBoxes: env.int('ATELIER_LOCAL_BOXES', 1, { min: 0, max: 64 }),
    /** What a box on this machine may know of our environment: where to find programs and devices, and no secret. */
    boxEnvironment: Object.fromEntries(PASSED_ON.flatMap((name) => (env.optionalString(name) === undefined ? [] : [[name, env.optionalString(name)!]]))),
    /** Tasks a box of the pool `local` may run at once. */
    localSlots: env.int('ATELIER_LOCAL_SLOTS', 1, { min: 1, max: 64 }),
  };
});
