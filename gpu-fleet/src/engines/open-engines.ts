/**
 * Which engines this box has. Each is loaded only when its setting or its runtime is there; one that cannot open is left out with a warning that names the cause,
 * so that a box with a broken ComfyUI still does what it can.
 */
import type { EngineSettings } from '../config/settings.js';
import type { Log } from '../agent/log.js';
import { BuiltinEngine } from './builtin/builtin-engine.js';
import type { Engine } from './engine.js';

export interface OpeningSettings extends EngineSettings {
  slots: number | null;
}

/** Null: not set up on this machine, which is no fault. Rejects when it is set up and does not work; the message names the cure. */
export type OpenEngine = (settings: OpeningSettings) => Promise<Engine | null>;

export interface KnownEngine {
  name: Engine['name'];
  isWanted: (settings: OpeningSettings) => boolean;
  open: OpenEngine;
}

export const KNOWN_ENGINES: KnownEngine[] = [{ name: 'builtin', isWanted: () => true, open: async ({ slots }) => new BuiltinEngine(slots ?? 1) }];

export async function openEngines(settings: OpeningSettings, log: Log, known: readonly KnownEngine[] = KNOWN_ENGINES): Promise<Engine[]> {
  const opened = await Promise.all(
    known
      .filter((engine) => engine.isWanted(settings))
      .map((engine) =>
        engine.open(settings).catch((error: Error) => {
          log.error('an engine did not open; this box works without it', { engine: engine.name, reason: error.message });
          return null;
        }),
      ),
  );
  return opened.filter((engine) => engine !== null);
}
