import type { TaskInputRef, TaskView } from '../../../fleet/tasks/index.js';
import type { Wire } from '../job.entity.js';
import { hasEnded } from './job-state.js';

/** What a blocked task can be given now, or that it can never be given what it waits for. */
export type Feeding = { kind: 'supply'; taskId: string; inputs: TaskInputRef[] } | { kind: 'hopeless' };

/** What follows for blocked tasks from the ends of those that feed them. Pure. */
export function feedings(wiring: readonly Wire[], tasks: readonly TaskView[]): Feeding[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return tasks
    .filter((task) => task.state === 'blocked')
    .flatMap((task): Feeding[] => {
      const wires = wiring.filter((wire) => wire.task === task.id);
      const sources = wires.map((wire) => byId.get(wire.from));
      if (wires.length === 0 || sources.some((source) => source && !hasEnded(source.state))) return [];
      const inputs = wires.flatMap(({ name, slot }, i) => {
        const source = sources[i];
        const output = source?.state === 'done' ? source.outputs.find((made) => made.slot === slot) : undefined;
        return output ? [{ name, key: output.key, sha256: output.sha256, bytes: output.bytes, contentType: output.contentType }] : [];
      });
      return inputs.length === wires.length ? [{ kind: 'supply', taskId: task.id, inputs }] : [{ kind: 'hopeless' }];
    });
}
