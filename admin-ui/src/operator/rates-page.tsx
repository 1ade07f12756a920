import {
  Badge,
  Button,
  type Column,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  type FieldFault,
  formatDateTime,
  formatMicros,
  Input,
  LoadingRows,
  operatorWords,
  PageFrame,
  Select,
  Table,
  toast,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { getOperatorRateCards, type NewRateCardBody, postOperatorRateCards, type RateCardResponse } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { Guarded } from '../page-states.js';
import { microsOf } from '../dollars.js';

const w = operatorWords.rates;
const states = operatorWords.prices.states;
const CLASSES = ['CPU', 'T4', 'L4', 'A10G', 'A100', 'H100'] as const;

export default function RatesPage() {
  const [adding, setAdding] = useState(false);
  return (
    <Guarded right="operator:plans">
      <PageFrame
        title={operatorWords.pages.rates}
        about={w.about}
        action={
          <Button kind="main" onClick={() => setAdding(true)}>
            {w.add}
          </Button>
        }
      >
        <Rates />
        <RateDialog open={adding} onClose={() => setAdding(false)} />
      </PageFrame>
    </Guarded>
  );
}

/** Of each class and capacity the newest card that has begun is in effect. */
function stateOf(card: RateCardResponse, cards: readonly RateCardResponse[], now: number): keyof typeof states {
  const begun = (other: RateCardResponse): boolean => Date.parse(other.effectiveFrom) <= now;
  if (!begun(card)) return 'announced';
  const later = cards.some(
    (other) => other.gpuClass === card.gpuClass && other.capacity === card.capacity && begun(other) && other.effectiveFrom > card.effectiveFrom,
  );
  return later ? 'past' : 'current';
}

function Rates() {
  const { data, error, refetch } = useQuery({ queryKey: ['rate-cards'], queryFn: () => getOperatorRateCards() });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <LoadingRows />;
  const now = Date.now();
  const columns: Column<RateCardResponse>[] = [
    {
      key: 'class',
      header: w.class,
      rowHeader: true,
      cell: (card) => (
        <>
          {card.gpuClass}
          <span className="block text-12 font-normal text-ink-faint">{w.capacities[card.capacity]}</span>
        </>
      ),
    },
    { key: 'rate', header: w.perHour, numeric: true, cell: (card) => formatMicros(card.usdMicrosPerHour) },
    {
      key: 'state',
      header: w.state,
      cell: (card) => {
        const state = stateOf(card, data.data, now);
        return <Badge tone={state === 'current' ? 'good' : 'neutral'}>{states[state]}</Badge>;
      },
    },
    { key: 'from', header: w.from, numeric: true, from: 'tablet', cell: (card) => formatDateTime(card.effectiveFrom) },
    { key: 'version', header: w.version, numeric: true, from: 'desktop', cell: (card) => card.version },
  ];
  return <Table caption={operatorWords.pages.rates} columns={columns} rows={data.data} rowKey={({ version }) => String(version)} />;
}

function RateDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const form = useId();
  const queries = useQueryClient();
  const [fault, setFault] = useState<FieldFault | null>(null);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (body: NewRateCardBody) => postOperatorRateCards({ body }),
    onSuccess: () => {
      toast(w.saved);
      void queries.invalidateQueries({ queryKey: ['rate-cards'] });
      close();
    },
  });
  const close = (): void => {
    reset();
    setFault(null);
    onClose();
  };
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['usdMicrosPerHour', 'effectiveFrom']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const micros = microsOf(String(values.get('dollars')), 6);
    setFault(micros === null ? { pointer: '/usdMicrosPerHour', code: 'invalid', ...w.perHourFault } : null);
    if (micros === null) return;
    const from = String(values.get('from'));
    mutate({
      gpuClass: String(values.get('class')) as NewRateCardBody['gpuClass'],
      capacity: String(values.get('capacity')) as NewRateCardBody['capacity'],
      usdMicrosPerHour: micros,
      ...(from && { effectiveFrom: new Date(from).toISOString() }),
    });
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={w.title}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.save}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.class}>{(ids) => <Select {...ids} name="class" options={CLASSES.map((value) => ({ value, label: value }))} />}</Field>
        <Field label={w.capacity}>
          {(ids) => <Select {...ids} name="capacity" options={(['on_demand', 'spot'] as const).map((value) => ({ value, label: w.capacities[value] }))} />}
        </Field>
        <Field label={w.perHour} hint={w.perHourHint} error={fault ?? fields.usdMicrosPerHour}>
          {(ids) => <Input {...ids} name="dollars" inputMode="decimal" className="num" data-autofocus />}
        </Field>
        <Field label={w.from} hint={w.fromHint} error={fields.effectiveFrom}>
          {(ids) => <Input {...ids} name="from" type="datetime-local" className="num" />}
        </Field>
      </form>
    </Dialog>
  );
}
