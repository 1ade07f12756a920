import { createHash } from 'node:crypto';
import type { CompleteRequest, TaskOutput } from '@atelier/contracts';
import type { FieldFault } from '../../platform/errors/index.js';

/** File endings of the types that boxes hand in. */
const ENDINGS: Readonly<Record<string, string>> = { 'image/png': 'png', 'video/mp4': 'mp4' };

export interface OutputOwner {
  tenantId: string;
  taskId: string;
  attempt: number;
}

/** Where an output lies: the key names tenant, task, attempt and digest, so that no attempt can overwrite another's and a lost one's leftovers can be found. */
export const outputKey = (owner: OutputOwner, output: { slot: string; sha256: string; contentType: string }): string =>
  `t/${owner.tenantId}/out/${owner.taskId}/${owner.attempt}/${output.slot}-${output.sha256}.${ENDINGS[output.contentType] ?? 'bin'}`;

/** What is in storage under an output's key, as far as it was looked at. */
export type Stored = { bytes: number; sha256: string } | null;

/** Every difference between what the box reports and what this very attempt may have stored. `stored` is in the order of `outputs`. */
export function outputFaults(owner: OutputOwner, outputs: readonly TaskOutput[], stored: readonly Stored[]): FieldFault[] {
  return outputs.flatMap((output, i): FieldFault[] => {
    const at = (field: string): string => `/outputs/${i}/${field}`;
    if (output.key !== outputKey(owner, output))
      return [
        {
          pointer: at('key'),
          code: 'foreign_key',
          message: 'the key is not that of this task, attempt, slot and digest',
          fix: 'Use the key granted by the heartbeat.',
        },
      ];
    const found = stored[i];
    if (!found) return [{ pointer: at('key'), code: 'not_stored', message: 'nothing is stored under this key', fix: 'Upload before completing.' }];
    return [
      ...(found.bytes === output.bytes
        ? []
        : [{ pointer: at('bytes'), code: 'wrong_size', message: `stored are ${found.bytes} bytes, reported ${output.bytes}` }]),
      ...(found.sha256 === output.sha256 ? [] : [{ pointer: at('sha256'), code: 'wrong_digest', message: 'the stored bytes have another SHA-256' }]),
    ];
  });
}

/** Faults of a completion in itself. */
export function completionFaults(request: Pick<CompleteRequest, 'outcome' | 'outputs' | 'error'>): FieldFault[] {
  const { outcome, outputs, error } = request;
  const faults: FieldFault[] = [];
  // A task may be done without outputs (it prepared the box for others); whether that was what its job wanted is the job's to say.
  if (outcome !== 'done' && outputs.length > 0) faults.push({ pointer: '/outputs', code: 'unexpected', message: `a task that ${outcome} has no outputs` });
  if (outcome === 'failed' && !error) faults.push({ pointer: '/error', code: 'required', message: 'a task that failed says why' });
  if (outcome !== 'failed' && error) faults.push({ pointer: '/error', code: 'unexpected', message: `a task that is ${outcome} has no error` });
  const slots = outputs.map((output) => output.slot);
  if (new Set(slots).size < slots.length) faults.push({ pointer: '/outputs', code: 'duplicate_slot', message: 'each slot is delivered once' });
  return faults;
}

/** What makes two completions the same. The meter is left out: a retry may have ticked on. */
export function completionDigest(request: Pick<CompleteRequest, 'outcome' | 'outputs' | 'error'>): string {
  const outputs = request.outputs.map(({ slot, key, sha256, bytes }) => [slot, key, sha256, bytes]).sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([request.outcome, outputs, request.error?.class ?? null, request.error?.code ?? null]))
    .digest('hex');
}
