import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, CircleAlert, CircleDashed, LoaderCircle } from 'lucide-react';
import { useEffect } from 'react';
import { importOver, importsQuery, type ModelImport } from '../api/models.js';
import { words } from '../strings.js';
import { CopyButton } from './copy-button.js';
import { ProgressBar } from './progress-bar.js';

const w = words.imports;
const SHOWN = 5;

/** The latest ones. A model that has come is in the list below. */
export function ImportList() {
  const queries = useQueryClient();
  const { data } = useQuery(importsQuery);
  const shown = (data?.data ?? []).filter(({ stage }) => stage !== 'canceled').slice(0, SHOWN);
  const done = shown.filter(({ stage }) => stage === 'done').length;
  useEffect(() => {
    if (done > 0) void queries.invalidateQueries({ queryKey: ['models', 'list'] });
  }, [done, queries]);
  if (shown.length === 0) return null;
  return (
    <ul aria-label={w.title} className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
      {shown.map((each) => (
        <li key={each.id}>
          <Import import={each} />
        </li>
      ))}
    </ul>
  );
}

const ICONS = {
  waiting: <CircleDashed aria-hidden className="size-4 text-ink-faint" />,
  running: <LoaderCircle aria-hidden className="size-4 animate-spin" />,
  passed: <Check aria-hidden className="size-4 text-good" />,
  failed: <CircleAlert aria-hidden className="size-4 text-bad" />,
} as const;

function Import({ import: row }: { import: ModelImport }) {
  return (
    <div>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-13">
        <span className="font-medium">{row.filename}</span>
        {row.stages.map(({ name, state }) => (
          <span key={name} className="inline-flex items-center gap-1 text-ink-soft">
            {ICONS[state]}
            {w.stages[name]} <span className="sr-only">{w.stageStates[state]}</span>
          </span>
        ))}
      </p>
      {!importOver(row) && (
        <ProgressBar
          value={row.stage === 'uploading' ? row.received.length / Math.max(1, row.partCount) : row.progress || null}
          label={w.stages.checks}
          className="mt-1.5"
        />
      )}
      {row.refusal && (
        <div role="alert" className="mt-1.5 flex items-start gap-2 text-13 text-bad">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            {w.refused} {row.refusal.message} <span className="text-ink-soft">{row.refusal.fix}</span>
          </span>
          <CopyButton text={row.id} label={w.copyId} iconOnly kind="quiet" />
        </div>
      )}
    </div>
  );
}
