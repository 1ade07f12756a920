import {
  adminWords,
  Badge,
  Button,
  Card,
  Dialog,
  ErrorState,
  Field,
  formatNumber,
  licencesQuery,
  LoadingRows,
  Table,
  Textarea,
  toast,
  words,
} from '@atelier/ui-kit';
import { putOperatorLicences } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

const w = adminWords.models;
/** `tag` undefined: all of them, because nobody earns money with this installation. */
interface Ruling {
  tag?: string;
  name: string;
  allowed: boolean;
}

/** Licences that forbid commercial use, or want a look: closed until an operator says why they may be used here. */
export function LicenceCard() {
  const { data, error, refetch } = useQuery(licencesQuery);
  const [ruling, setRuling] = useState<Ruling | null>(null);
  const all: Ruling | undefined = data && { name: w.everything, allowed: !data.nonCommercial };
  return (
    <Card
      title={w.licences}
      aside={
        all && (
          <Button size="small" onClick={() => setRuling(all)}>
            {all.allowed ? w.declare : w.undeclare}
          </Button>
        )
      }
    >
      <p className="mb-3 text-13 text-ink-soft">{data?.nonCommercial ? w.isDeclared : w.licencesAbout}</p>
      {error && <ErrorState error={error} inline onRetry={() => void refetch()} />}
      {!data && !error && <LoadingRows rows={3} />}
      {data && (
        <Table
          caption={w.licences}
          rows={data.licences}
          rowKey={({ tag }) => tag}
          columns={[
            {
              key: 'name',
              header: w.licence,
              rowHeader: true,
              cell: ({ name, url }) => (
                <a href={url} target="_blank" rel="noreferrer" className="underline underline-offset-4">
                  {name}
                </a>
              ),
            },
            { key: 'use', header: w.commercialUse, from: 'tablet', cell: ({ commercialUse }) => w.commercial[commercialUse as 'review'] },
            { key: 'models', header: w.modelsWith, numeric: true, from: 'tablet', cell: ({ models }) => formatNumber(models) },
            {
              key: 'state',
              header: w.state,
              cell: ({ allowed, reason }) => (
                <>
                  <Badge tone={allowed ? 'good' : 'neutral'}>{allowed ? w.open : w.closed}</Badge>
                  {reason && <span className="block max-w-xs text-12 text-ink-soft">{reason}</span>}
                </>
              ),
            },
            {
              key: 'act',
              header: w.actions,
              numeric: true,
              cell: ({ tag, name, allowed }) => (
                <Button size="small" aria-label={`${allowed ? w.close : w.openIt}: ${name}`} onClick={() => setRuling({ tag, name, allowed: !allowed })}>
                  {allowed ? w.close : w.openIt}
                </Button>
              ),
            },
          ]}
        />
      )}
      <RulingDialog ruling={ruling} onClose={() => setRuling(null)} />
    </Card>
  );
}

function RulingDialog({ ruling, onClose }: { ruling: Ruling | null; onClose: () => void }) {
  const form = useId();
  const queries = useQueryClient();
  const rule = useMutation({
    mutationFn: ({ tag, allowed, reason }: { tag?: string; allowed: boolean; reason: string }) => putOperatorLicences({ body: { tag, allowed, reason } }),
    onSuccess: () => {
      toast(w.ruled);
      void queries.invalidateQueries({ queryKey: ['licences'] });
      void queries.invalidateQueries({ queryKey: ['models'] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (ruling) rule.mutate({ tag: ruling.tag, allowed: ruling.allowed, reason: String(new FormData(event.currentTarget).get('reason')) });
  };
  return (
    <Dialog
      open={ruling !== null}
      onClose={onClose}
      title={ruling?.allowed ? w.openTitle(ruling.name) : w.closeTitle(ruling?.name ?? '')}
      description={w.rulingText}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={rule.isPending}>
            {ruling?.allowed ? w.openIt : w.close}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {rule.error && <ErrorState error={rule.error} inline />}
        <Field label={w.why}>{(ids) => <Textarea {...ids} name="reason" rows={3} required minLength={10} maxLength={500} />}</Field>
      </form>
    </Dialog>
  );
}
