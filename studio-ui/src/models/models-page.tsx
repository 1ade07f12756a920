import { MODEL_TYPES, type ModelType } from '@atelier/contracts';
import {
  Badge,
  type Column,
  EmptyState,
  Field,
  formatBytes,
  Input,
  meQuery,
  type Model,
  modelListQuery,
  PagedList,
  PageFrame,
  Select,
  studioWords,
  Table,
  usePaged,
  words,
} from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Boxes, Power } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { ImportCard } from './import-card.js';
import { ModelActions } from './model-actions.js';

const w = studioWords.models;

/** Which models there are, whether they can be used and if not why; and how one brings one's own. */
export default function ModelsPage() {
  const { data: me } = useSuspenseQuery(meQuery);
  const [type, setType] = useState<ModelType | ''>('');
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const { rows, query } = usePaged(modelListQuery({ ...(type && { type }), ...(q && { q }) }));
  const mayWrite = me.permissions.includes('model:write');
  return (
    <PageFrame title={studioWords.pages.models} about={w.about}>
      {mayWrite && <ImportCard />}
      <div className="my-5 flex flex-wrap gap-3">
        <Field label={w.search} className="min-w-56 flex-1">
          {(ids) => <Input {...ids} type="search" placeholder={w.searchPlaceholder} value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
        <Field label={w.type} className="w-48">
          {(ids) => (
            <Select
              {...ids}
              value={type}
              options={[{ value: '', label: w.allTypes }, ...MODEL_TYPES.map((value) => ({ value, label: w.types[value] }))]}
              onChange={(event) => setType(event.target.value as ModelType | '')}
            />
          )}
        </Field>
      </div>
      <PagedList rows={rows} query={query} empty={<EmptyState icon={<Boxes aria-hidden />} title={w.empty} />}>
        <Table caption={studioWords.pages.models} columns={columns(mayWrite)} rows={rows} rowKey={({ id }) => id} />
      </PagedList>
    </PageFrame>
  );
}

const columns = (mayWrite: boolean): readonly Column<Model>[] => [
  {
    key: 'name',
    header: w.name,
    rowHeader: true,
    cell: (model) => (
      <>
        {model.name} {model.own && <Badge>{w.own}</Badge>}
        <span className="block text-12 font-normal text-ink-soft">{[w.types[model.type], model.base !== 'cpu' && model.base].filter(Boolean).join(' · ')}</span>
        {model.triggerWords.length > 0 && (
          <span className="block text-12 font-normal text-ink-soft">{w.triggers(model.triggerWords.slice(0, 5).join(', '))}</span>
        )}
      </>
    ),
  },
  { key: 'state', header: w.state, cell: (model) => <State model={model} /> },
  {
    key: 'licence',
    header: w.licence,
    from: 'tablet',
    cell: ({ licence }) =>
      licence && (
        <>
          {licence.url ? (
            <a href={licence.url} target="_blank" rel="noreferrer" className="underline underline-offset-4">
              {licence.name}
            </a>
          ) : (
            licence.name
          )}
          {licence.commercialUse !== 'allowed' && <span className="block text-12 text-ink-soft">{w.commercial[licence.commercialUse]}</span>}
        </>
      ),
  },
  {
    key: 'size',
    header: w.size,
    numeric: true,
    from: 'desktop',
    cell: ({ files }) => (files.length > 0 ? formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0)) : ''),
  },
  ...(mayWrite ? [{ key: 'act', header: w.actions, numeric: true, cell: (model: Model) => <ModelActions model={model} /> }] : []),
];

function State({ model }: { model: Model }) {
  const thermal = model.thermal && model.thermal !== 'COLD' ? words.thermal.short[model.thermal] : null;
  return (
    <div className="flex max-w-sm flex-col items-start gap-1">
      <span className="flex flex-wrap gap-1">
        {model.ready ? <Badge tone="good">{w.ready}</Badge> : <Badge tone="warn">{w.notReady}</Badge>}
        {thermal && <Badge icon={<Power aria-hidden className="size-3.5" />}>{thermal}</Badge>}
      </span>
      {model.reason && (
        <span className="text-12 text-ink-soft">
          {model.reason.message} {model.reason.fix}
        </span>
      )}
    </div>
  );
}
