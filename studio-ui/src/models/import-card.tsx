import {
  Button,
  Card,
  CopyButton,
  ErrorState,
  Field,
  importFile,
  importFromUrl,
  importOver,
  importsQuery,
  Input,
  type ModelImport,
  ProgressBar,
  studioWords,
} from '@atelier/ui-kit';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, CircleAlert, CircleDashed, LoaderCircle, Upload } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

const w = studioWords.models;
const SHOWN = 5;

/** A model comes as a file or from an address; what happens to it then is seen step by step. */
export function ImportCard() {
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [url, setUrl] = useState('');
  const [sent, setSent] = useState<number | null>(null);
  const bring = useMutation({
    mutationFn: async (from: File | string) => {
      if (typeof from === 'string') return importFromUrl(from, {});
      setSent(0);
      return importFile(from, {}, setSent).finally(() => setSent(null));
    },
    onSuccess: () => setUrl(''),
    onSettled: () => queries.invalidateQueries({ queryKey: ['models'] }),
  });
  return (
    <Card title={w.importTitle}>
      <p className="mb-3 text-13 text-ink-soft">{w.importAbout}</p>
      <div className="flex flex-wrap items-end gap-3">
        <Button kind="main" icon={<Upload aria-hidden className="size-4" />} busy={bring.isPending} onClick={() => input.current?.click()}>
          {w.file}
        </Button>
        <input
          ref={input}
          type="file"
          hidden
          aria-label={w.file}
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            event.target.value = '';
            if (file) bring.mutate(file);
          }}
        />
        <form
          className="flex min-w-64 flex-1 items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (url.trim()) bring.mutate(url.trim());
          }}
        >
          <Field label={w.address} className="flex-1">
            {(ids) => <Input {...ids} type="url" placeholder="https://" value={url} onChange={(event) => setUrl(event.target.value)} />}
          </Field>
          <Button type="submit" busy={bring.isPending} disabled={url.trim() === ''}>
            {w.fetch}
          </Button>
        </form>
      </div>
      {sent !== null && <ProgressBar value={sent} label={w.sending} className="mt-3" />}
      {bring.error && (
        <div className="mt-3">
          <ErrorState error={bring.error} inline />
        </div>
      )}
      <ImportList />
    </Card>
  );
}

/** The latest ones. A model that has come is in the list below. */
function ImportList() {
  const queries = useQueryClient();
  const { data } = useQuery(importsQuery);
  const shown = (data?.data ?? []).filter(({ stage }) => stage !== 'canceled').slice(0, SHOWN);
  const done = shown.filter(({ stage }) => stage === 'done').length;
  useEffect(() => {
    if (done > 0) void queries.invalidateQueries({ queryKey: ['models', 'list'] });
  }, [done, queries]);
  if (shown.length === 0) return null;
  return (
    <ul aria-label={w.imports} className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
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
