/** The face for tests and for whoever starts a box inside his own process; `main.ts` is the process itself. */
import { Agent, type AgentEnding, type AgentParts, type StopReason } from './agent/agent.js';
import { jsonLog, type Log } from './agent/log.js';
import { openStatusPage } from './agent/status-page.js';
import { WeightsCache } from './agent/weights-cache.js';
import type { Settings } from './config/settings.js';
import { openEngines } from './engines/open-engines.js';
import { probe, processorOnly } from './gpu/probe.js';

export { readSettings, SettingsError, type Settings } from './config/settings.js';
export { probe } from './gpu/probe.js';
export { BuiltinEngine } from './engines/builtin/builtin-engine.js';
export * from './engines/engine.js';
export type { AgentEnding, Log, StopReason };

export interface RunningAgent {
  /** Ends the box: `graceMs` for what runs, the rest is handed back. A second call may shorten the grace; 0 ends it at once. */
  stop(reason?: StopReason, graceMs?: number): Promise<AgentEnding>;
  readonly ended: Promise<AgentEnding>;
  status(): Record<string, unknown>;
}

export async function startAgent(settings: Settings, parts: Partial<Pick<AgentParts, 'engines' | 'log' | 'isOrphan' | 'machine'>> = {}): Promise<RunningAgent> {
  const log = parts.log ?? jsonLog(settings.logLevel);
  const engines = parts.engines ?? (await openEngines(settings, log));
  const machine = parts.machine ?? (engines.some((engine) => engine.usesGpu) ? await probe() : processorOnly());
  const weights = await WeightsCache.open(settings.weightsDir, settings.weightsMaxBytes, settings.url, log);
  const agent = new Agent({ settings, machine, engines, weights, log, ...(parts.isOrphan ? { isOrphan: parts.isOrphan } : {}) });
  if (settings.statusPort !== null) {
    const page = await openStatusPage(settings.statusPort, () => agent.status());
    void agent.ended.then(() => page.close());
  }
  return { ended: agent.ended, stop: (reason = 'sigterm', graceMs = settings.sigtermGraceMs) => agent.stop(reason, graceMs), status: () => agent.status() };
}
