import { typeId } from '../../../platform/ids/index.js';
import type { ImportRow, ImportStage } from './import.entity.js';
import type { ImportStageView, ImportView } from './imports.dto.js';

/** In which of the three stations an import is, or was when it ended. */
const STATION: Record<ImportStage, number> = { uploading: 0, waiting: 0, fetching: 0, checking: 1, storing: 2, done: 3, refused: 1, failed: 1, canceled: 0 };
const STATIONS = ['arrival', 'checks', 'storage'] as const;

export const partCountOf = (bytes: number | null, partBytes: number): number => (bytes === null ? 0 : Math.ceil(bytes / partBytes));

export function importView(row: ImportRow, partBytes: number): ImportView {
  const at = STATION[row.stage];
  const failed = row.stage === 'refused' || row.stage === 'failed' || row.stage === 'canceled';
  const running = row.stage === 'waiting' ? 'waiting' : 'running';
  return {
    id: typeId('mdv', row.id),
    filename: row.filename,
    stage: row.stage,
    progress: Math.round(row.progress * 1000) / 1000,
    stages: STATIONS.map((name, n): ImportStageView => ({ name, state: n < at ? 'passed' : n > at ? 'waiting' : failed ? 'failed' : running })),
    refusal: row.refusal,
    bytes: row.bytes,
    partBytes,
    partCount: row.url === null ? partCountOf(row.bytes, partBytes) : 0,
    received: row.parts.map(({ n }) => n).sort((a, b) => a - b),
    modelId: row.modelId && typeId('mdl', row.modelId),
    createdAt: row.createdAt.toISOString(),
  };
}
