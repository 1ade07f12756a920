import { type FieldFault, faultsByField, meQuery, studioWords, useTitle, useWide } from '@atelier/ui-kit';
import { useSuspenseQuery } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react';
import { fitted } from './abilities.js';
import { type Draft, faultNames, missingInputs } from './draft.js';
import { Results } from './results.js';
import { RunBar } from './run-bar.js';
import { Settings, SettingsSheet } from './settings.js';
import { useDraft } from './use-draft.js';
import { useModels } from './use-models.js';
import { useEstimate } from './use-estimate.js';
import { useSubmit } from './use-submit.js';
import { What } from './what.js';

const w = studioWords.create;

const missingOf = (draft: Draft): Record<string, FieldFault> =>
  Object.fromEntries(missingInputs(draft).map((name) => [name, { pointer: `/${name}`, code: 'missing', ...w.missing[name] }]));

export default function CreatePage() {
  useTitle(studioWords.pages.create);
  const { data: me } = useSuspenseQuery(meQuery);
  const wide = useWide();
  const form = useRef<HTMLFormElement>(null);
  const results = useRef<HTMLDivElement>(null);
  const [kept, change] = useDraft();
  const { models } = useModels(kept);
  const draft = fitted(kept, models);
  const [tried, setTried] = useState(false);
  const price = useEstimate(draft);
  const { submit, busy, problem, clear } = useSubmit(() => results.current?.scrollIntoView({ block: 'nearest' }));

  const shown = faultNames(draft.operation);
  const { fields } = faultsByField(problem ?? price.problem, shown);
  const faults = { ...fields, ...(tried && missingOf(draft)) };
  const edit = (edited: Partial<Draft>): void => {
    clear();
    change(edited);
  };
  const run = (event?: FormEvent): void => {
    event?.preventDefault();
    setTried(true);
    const [first] = Object.keys(missingOf(draft));
    if (first) form.current?.querySelector<HTMLElement>(`[data-field="${first}"]`)?.focus();
    else submit(draft);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
  };

  const canMake = me.permissions.includes('job:create');
  return (
    <div className="grid flex-1 md:grid-cols-[340px_minmax(0,1fr)] lg:grid-cols-[380px_minmax(0,1fr)]">
      <h1 className="sr-only">{studioWords.pages.create}</h1>
      {canMake && (
        <form
          ref={form}
          noValidate
          onSubmit={run}
          onKeyDown={onKey}
          aria-label={studioWords.pages.create}
          className="flex flex-col border-line md:sticky md:top-14 md:h-[calc(100dvh-56px)] md:border-r"
        >
          <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto p-4 md:p-5">
            <What draft={draft} faults={faults} onChange={edit} />
            {wide ? <Settings draft={draft} faults={faults} onChange={edit} /> : <SettingsSheet draft={draft} faults={faults} onChange={edit} />}
          </div>
          <RunBar draft={draft} price={price} problem={problem} shown={shown} busy={busy} />
        </form>
      )}
      <div className="min-w-0">
        <div ref={results} className="scroll-mt-20 scroll-mb-[50dvh]" />
        <Results canMake={canMake} onSample={(prompt) => edit({ prompt, operation: 'txt2img' })} />
      </div>
    </div>
  );
}
