import { adminWords, Button, Dialog, ErrorState, Field, formatBytes, importCatalogueFile, Input, ProgressBar, toast, words } from '@atelier/ui-kit';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Upload } from 'lucide-react';
import { type ChangeEvent, type FormEvent, useRef, useState } from 'react';

const w = adminWords.models;

export interface MissingFile {
  slug: string;
  name: string;
  /** About how large it is. */
  bytes: number;
  source: string | null;
}

/** Brings a file of the catalogue, from this computer or from an address. */
export function FileDialog({ file, onClose }: { file: MissingFile | null; onClose: () => void }) {
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [sent, setSent] = useState<number | null>(null);
  const bring = useMutation({
    mutationFn: ({ slug, name, from }: { slug: string; name: string; from: File | string }) =>
      importCatalogueFile(slug, name, from, setSent).finally(() => setSent(null)),
    onSuccess: () => {
      toast(w.begun(file?.name ?? ''));
      close();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['models'] }),
  });
  const close = (): void => {
    bring.reset();
    onClose();
  };
  const take = (from: File | string | undefined): void => {
    if (file && from) bring.mutate({ slug: file.slug, name: file.name, from });
  };
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const [chosen] = event.target.files ?? [];
    event.target.value = '';
    take(chosen);
  };
  const fetchIt = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    take(String(new FormData(event.currentTarget).get('url')).trim());
  };
  return (
    <Dialog
      open={file !== null}
      onClose={close}
      title={w.bringTitle(file?.name ?? '')}
      description={w.bringText(formatBytes(file?.bytes ?? 0))}
      footer={<Button onClick={close}>{words.action.cancel}</Button>}
    >
      <div className="flex flex-col gap-4">
        {file?.source && (
          <p className="text-13">
            {w.published}{' '}
            <a href={file.source} target="_blank" rel="noreferrer" className="break-all underline underline-offset-4">
              {file.source}
            </a>
          </p>
        )}
        <Button
          kind="main"
          className="self-start"
          busy={bring.isPending}
          icon={<Upload aria-hidden className="size-4" />}
          onClick={() => input.current?.click()}
        >
          {w.choose}
        </Button>
        <input ref={input} type="file" hidden aria-label={w.choose} onChange={choose} />
        <form className="flex items-end gap-2" onSubmit={fetchIt}>
          <Field label={w.address} className="flex-1">
            {(ids) => <Input {...ids} name="url" type="url" required placeholder="https://" />}
          </Field>
          <Button type="submit" busy={bring.isPending}>
            {w.fetch}
          </Button>
        </form>
        {sent !== null && <ProgressBar value={sent} label={words.imports.sending} />}
        {bring.error && <ErrorState error={bring.error} inline />}
      </div>
    </Dialog>
  );
}
