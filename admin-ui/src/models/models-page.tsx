import {
  adminWords,
  Badge,
  Button,
  Card,
  type Column,
  EmptyState,
  ImportList,
  type Model,
  modelListQuery,
  PagedList,
  PageFrame,
  Table,
  ThermalDialog,
  usePaged,
  words,
} from '@atelier/ui-kit';
import { Power, Upload } from 'lucide-react';
import { useState } from 'react';
import { Guarded } from '../page-states.js';
import { FileDialog, type MissingFile } from './file-dialog.js';
import { LicenceCard } from './licence-card.js';

const w = adminWords.models;

/** What the catalogue needs before people can use it: files, a word about licences, a place in memory. */
export default function ModelsPage() {
  return (
    <Guarded right="operator:models">
      <PageFrame title={adminWords.pages.models} about={w.about}>
        <div className="flex flex-col gap-6">
          <LicenceCard />
          <Catalogue />
        </div>
      </PageFrame>
    </Guarded>
  );
}

function Catalogue() {
  const { rows, query } = usePaged(modelListQuery({}));
  const [warmth, setWarmth] = useState<Model | null>(null);
  const [file, setFile] = useState<MissingFile | null>(null);
  // What runs without weights needs nothing, and what belongs to the workspace of who looks is no matter of the installation.
  const shown = rows.filter(({ own, files }) => !own && files.length > 0);
  return (
    <Card title={w.catalogue}>
      <ImportList />
      <PagedList rows={shown} query={query} empty={<EmptyState title={w.empty} />}>
        <Table caption={w.catalogue} columns={columns(setFile, setWarmth)} rows={shown} rowKey={({ id }) => id} />
      </PagedList>
      <FileDialog file={file} onClose={() => setFile(null)} />
      <ThermalDialog model={warmth} onClose={() => setWarmth(null)} />
    </Card>
  );
}

const columns = (onFile: (file: MissingFile) => void, onWarmth: (model: Model) => void): readonly Column<Model>[] => [
  {
    key: 'name',
    header: w.model,
    rowHeader: true,
    cell: (model) => (
      <>
        {model.name}
        <span className="block text-12 font-normal text-ink-faint">{model.engine}</span>
      </>
    ),
  },
  {
    key: 'state',
    header: w.state,
    cell: ({ ready, reason, thermal }) => (
      <span className="flex max-w-xs flex-col items-start gap-1">
        <span className="flex flex-wrap gap-1">
          <Badge tone={ready ? 'good' : 'warn'}>{ready ? w.ready : w.notReady}</Badge>
          {thermal && <Badge icon={<Power aria-hidden className="size-3.5" />}>{words.thermal.short[thermal]}</Badge>}
        </span>
        {reason && <span className="text-12 text-ink-soft">{reason.message}</span>}
      </span>
    ),
  },
  { key: 'licence', header: w.licence, from: 'tablet', cell: ({ licence }) => licence?.name },
  {
    key: 'files',
    header: w.files,
    cell: (model) => (
      <ul className="flex flex-col items-start gap-1 text-13">
        {model.files.map(({ name, digest, bytes }) => (
          <li key={name}>
            {digest ? (
              <span className="text-ink-soft" title={digest}>
                {name}
              </span>
            ) : (
              <Button
                size="small"
                icon={<Upload aria-hidden className="size-3.5" />}
                aria-label={w.bring(name, model.name)}
                onClick={() => onFile({ slug: model.slug, name, bytes, source: model.source })}
              >
                {name}
              </Button>
            )}
          </li>
        ))}
      </ul>
    ),
  },
  {
    key: 'act',
    header: w.actions,
    numeric: true,
    cell: (model) =>
      model.thermal !== null || model.files.every(({ digest }) => digest) ? (
        <Button size="small" aria-label={`${words.thermal.verb}: ${model.name}`} onClick={() => onWarmth(model)}>
          {words.thermal.verb}
        </Button>
      ) : null,
  },
];
