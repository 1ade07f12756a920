import { Button, Dialog, ErrorState, faultsByField, Field, type FieldFault, Input, operatorWords, toProblem, words } from '@atelier/ui-kit';
import { type NewSimulationBody, postOperatorPriceSimulations, type PriceListResponse, type SimulationResponse } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { addDays, LAST_DAYS } from '../usage/range.js';

const w = operatorWords.prices;
const IMAGES = Object.keys(w.images) as (keyof typeof w.images)[];
const UNITS = Object.keys(w.units) as (keyof typeof w.units)[];
/** Whole numbers; all else are credits, which are text. */
const NUMBERS: readonly string[] = ['pixelsPerCredit', 'stepsIncluded'];

/** Only the past can be replayed, and a reader's clock may run ahead of the server's. */
const CLOCK_SLACK_MS = 60_000;

/** What the fields say, as the API wants it: days of UTC, the last one included as far as it is past. */
function draftOf(form: HTMLFormElement): NewSimulationBody {
  const values = new FormData(form);
  const text = (name: string): string => String(values.get(name)).trim();
  const pick = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, NUMBERS.includes(name) ? Number(text(name)) : text(name)]));
  const end = `${addDays(text('to'), 1)}T00:00:00Z`;
  const past = new Date(Date.now() - CLOCK_SLACK_MS).toISOString();
  return {
    from: `${text('from')}T00:00:00Z`,
    to: end < past ? end : past,
    note: text('note'),
    image: pick(IMAGES) as NewSimulationBody['image'],
    units: pick(UNITS) as NewSimulationBody['units'],
  };
}

/** A draft begins as the list in effect and is tried on the past at once. */
export function DraftDialog({ from, onClose, onMade }: { from: PriceListResponse | null; onClose: () => void; onMade: (made: SimulationResponse) => void }) {
  const form = useId();
  const queries = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (body: NewSimulationBody) => postOperatorPriceSimulations({ body }),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ['price-simulations'] });
      close();
      onMade(made);
    },
  });
  const close = (): void => {
    reset();
    onClose();
  };
  const problem = error ? toProblem(error) : null;
  const { fields, rest } = faultsByField(problem, [...IMAGES, ...UNITS, 'note', 'from', 'to']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    mutate(draftOf(event.currentTarget));
  };
  const today = new Date().toISOString().slice(0, 10);
  return (
    <Dialog
      open={from !== null}
      onClose={close}
      wide
      title={w.draftTitle}
      description={w.draftText}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.simulate}
          </Button>
        </>
      }
    >
      {from && (
        <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-5">
          {problem && (Object.keys(fields).length === 0 || rest.length > 0) && <ErrorState error={problem} inline />}
          <Field label={w.note} hint={w.noteHint} error={fields.note}>
            {(ids) => <Input {...ids} name="note" maxLength={500} data-autofocus />}
          </Field>
          <div className="grid grid-cols-2 gap-3">
            <Field label={w.periodFrom} error={fields.from}>
              {(ids) => <Input {...ids} name="from" type="date" max={today} defaultValue={addDays(today, 1 - LAST_DAYS)} className="num" />}
            </Field>
            <Field label={w.periodTo} error={fields.to}>
              {(ids) => <Input {...ids} name="to" type="date" max={today} defaultValue={today} className="num" />}
            </Field>
          </div>
          <Amounts title={w.image} labels={w.images} values={from.image} faults={fields} />
          <Amounts title={w.other} labels={w.units} values={from.units} faults={fields} />
        </form>
      )}
    </Dialog>
  );
}

interface AmountsProps<K extends string> {
  title: string;
  labels: Readonly<Record<K, string>>;
  values: Readonly<Record<K, string | number>>;
  faults: Readonly<Record<string, FieldFault | undefined>>;
}

function Amounts<K extends string>({ title, labels, values, faults }: AmountsProps<K>) {
  return (
    <fieldset>
      <legend className="mb-2 text-14 font-semibold">{title}</legend>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3">
        {(Object.keys(labels) as K[]).map((name) => (
          <Field key={name} label={labels[name]} error={faults[name]}>
            {(ids) => <Input {...ids} name={name} inputMode="decimal" defaultValue={values[name]} className="num" />}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}
