import { Button, Card, ErrorState, Field, importFile, importFromUrl, ImportList, Input, ProgressBar, studioWords, words } from '@atelier/ui-kit';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';

const w = studioWords.models;

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
      {sent !== null && <ProgressBar value={sent} label={words.imports.sending} className="mt-3" />}
      {bring.error && (
        <div className="mt-3">
          <ErrorState error={bring.error} inline />
        </div>
      )}
      <ImportList />
    </Card>
  );
}
