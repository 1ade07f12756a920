import { FILE_TYPES, type ExportFormat } from './format.js';

/** All files of an export begin with this. */
export const prefixOf = ({ tenantId, id }: { tenantId: string; id: string }): string => `t/${tenantId}/exports/${id}-`;

/** Each try has a name of its own: a writer that was given up cannot spoil the file of the next. */
export const keyOf = (found: { tenantId: string; id: string; attempts: number; format: ExportFormat }): string =>
  `${prefixOf(found)}${found.attempts}.${FILE_TYPES[found.format].ending}`;

export const sidecarOf = (key: string): string => `${key}.json`;
