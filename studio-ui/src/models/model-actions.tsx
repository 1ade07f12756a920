import {
  Button,
  ConfirmDialog,
  Dialog,
  formatBytes,
  formatExact,
  LoadingRows,
  type Model,
  studioWords,
  Table,
  ThermalDialog,
  toast,
  toProblem,
  versionsQuery,
  words,
} from '@atelier/ui-kit';
import { deleteModelsById, postModelsByIdRollback } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

const w = studioWords.models;

/** What one can do with a model of one's own: look at its versions, use an older one, keep it warm, delete it. */
export function ModelActions({ model }: { model: Model }) {
  const [open, setOpen] = useState<'versions' | 'warmth' | 'delete' | null>(null);
  if (!model.own) return null;
  return (
    <span className="flex justify-end gap-2">
      <Button size="small" aria-label={`${w.versions}: ${model.name}`} onClick={() => setOpen('versions')}>
        {w.versions}
      </Button>
      <Button size="small" aria-label={`${words.thermal.verb}: ${model.name}`} onClick={() => setOpen('warmth')}>
        {words.thermal.verb}
      </Button>
      <Button size="small" aria-label={`${w.delete}: ${model.name}`} onClick={() => setOpen('delete')}>
        {w.delete}
      </Button>
      <Versions model={model} open={open === 'versions'} onClose={() => setOpen(null)} />
      <ThermalDialog model={open === 'warmth' ? model : null} onClose={() => setOpen(null)} />
      <Delete model={model} open={open === 'delete'} onClose={() => setOpen(null)} />
    </span>
  );
}

interface Props {
  model: Model;
  open: boolean;
  onClose: () => void;
}

function Versions({ model, open, onClose }: Props) {
  const queries = useQueryClient();
  const { data } = useQuery({ ...versionsQuery(model.id), enabled: open });
  const use = useMutation({
    mutationFn: (version: number) => postModelsByIdRollback({ path: { id: model.id }, body: { version } }),
    onError: (error) => toast(toProblem(error).message),
    onSettled: () => queries.invalidateQueries({ queryKey: ['models'] }),
  });
  return (
    <Dialog open={open} onClose={onClose} title={w.versionsOf(model.name)} wide>
      {data ? (
        <Table
          caption={w.versions}
          rows={data}
          rowKey={({ id }) => id}
          columns={[
            { key: 'number', header: w.version, rowHeader: true, cell: ({ number, changelog }) => `${number}${changelog ? `: ${changelog}` : ''}` },
            { key: 'checks', header: w.checked, from: 'tablet', cell: ({ passport }) => passport.checks.map((name) => name.replaceAll('_', ' ')).join(', ') },
            { key: 'size', header: w.size, numeric: true, cell: ({ bytes }) => formatBytes(bytes) },
            { key: 'when', header: w.when, numeric: true, from: 'tablet', cell: ({ createdAt }) => formatExact(createdAt) },
            {
              key: 'use',
              header: w.use,
              numeric: true,
              cell: ({ number, current }) =>
                current ? (
                  w.current
                ) : (
                  <Button size="small" busy={use.isPending} onClick={() => use.mutate(number)}>
                    {w.useThis}
                  </Button>
                ),
            },
          ]}
        />
      ) : (
        <LoadingRows rows={2} />
      )}
    </Dialog>
  );
}

function Delete({ model, open, onClose }: Props) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteModelsById({ path: { id: model.id } }),
    onSuccess: () => {
      toast(w.deleted);
      void queries.invalidateQueries({ queryKey: ['models'] });
      onClose();
    },
  });
  return <ConfirmDialog open={open} onClose={onClose} title={w.deleteTitle(model.name)} text={w.deleteText} verb={w.delete} action={remove} />;
}
