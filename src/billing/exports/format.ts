export const FORMATS = ['csv', 'jsonl', 'parquet', 'focus'] as const;
export type ExportFormat = (typeof FORMATS)[number];
export const PERIODS = ['day', 'week', 'month'] as const;
export type ExportPeriod = (typeof PERIODS)[number];

export const FILE_TYPES: Readonly<Record<ExportFormat, { ending: string; contentType: string }>> = {
  csv: { ending: 'csv', contentType: 'text/csv' },
  jsonl: { ending: 'jsonl', contentType: 'application/jsonl' },
  parquet: { ending: 'parquet', contentType: 'application/vnd.apache.parquet' },
  focus: { ending: 'focus.csv', contentType: 'text/csv' },
};
