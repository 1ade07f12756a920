import { adminWords, Button, Dialog, ErrorState, faultsByField, Field, Input, Select, toast, toProblem } from '@atelier/ui-kit';
import { postExports, postExportsSchedules } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId } from 'react';
import type { Days } from '../usage/range.js';
import { FORMATS, PERIODS } from './exports.js';

const w = adminWords.exports;
const FIELDS = ['format', 'from', 'to', 'timeZone', 'every'];
type Format = (typeof FORMATS)[number];
type Period = (typeof PERIODS)[number];

interface Props {
  zones: string[];
  onClose: () => void;
}

/** Orders a file of a range. */
export function ExportDialog({ days, ...rest }: Props & { days: Days }) {
  return (
    <Order
      {...rest}
      title={w.make}
      verb={w.order}
      told={w.ordered}
      send={(text) => postExports({ body: { format: text('format') as Format, from: text('from'), to: text('to'), timeZone: text('timeZone') } })}
    >
      {(fields) => (
        <div className="grid grid-cols-2 gap-3">
          {(['from', 'to'] as const).map((name) => (
            <Field key={name} label={w[name]} error={fields[name]}>
              {(ids) => <Input {...ids} type="date" name={name} defaultValue={days[name]} className="num" />}
            </Field>
          ))}
        </div>
      )}
    </Order>
  );
}

/** Has a file made each day, week or month. */
export function ScheduleDialog(props: Props) {
  return (
    <Order
      {...props}
      title={w.addSchedule}
      verb={w.schedule}
      told={w.scheduled}
      send={(text) => postExportsSchedules({ body: { format: text('format') as Format, every: text('every') as Period, timeZone: text('timeZone') } })}
    >
      {(fields) => (
        <Field label={w.every} hint={w.everyHint} error={fields.every}>
          {(ids) => <Select {...ids} name="every" defaultValue="month" options={PERIODS.map((value) => ({ value, label: w.periods[value] }))} />}
        </Field>
      )}
    </Order>
  );
}

interface OrderProps extends Props {
  title: string;
  verb: string;
  told: string;
  send: (text: (field: string) => string) => Promise<unknown>;
  children: (faults: ReturnType<typeof faultsByField>['fields']) => ReactNode;
}

function Order({ title, verb, told, zones, send, onClose, children }: OrderProps) {
  const id = useId();
  const queries = useQueryClient();
  const order = useMutation({
    mutationFn: (form: FormData) => send((field) => String(form.get(field) ?? '')),
    onSuccess: () => {
      toast(told);
      void queries.invalidateQueries({ queryKey: ['exports'] });
      onClose();
    },
  });
  const { fields } = faultsByField(order.error ? toProblem(order.error) : null, FIELDS);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    order.mutate(new FormData(event.currentTarget));
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      footer={
        <Button kind="main" type="submit" form={id} busy={order.isPending}>
          {verb}
        </Button>
      }
    >
      <form id={id} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {order.error && Object.keys(fields).length === 0 && <ErrorState error={order.error} inline />}
        <Field label={w.format} error={fields.format}>
          {(ids) => <Select {...ids} name="format" data-autofocus options={FORMATS.map((value) => ({ value, label: w.formats[value] }))} />}
        </Field>
        {children(fields)}
        <Field label={w.zone} error={fields.timeZone}>
          {(ids) => <Select {...ids} name="timeZone" options={zones.map((value) => ({ value, label: value.replaceAll('_', ' ') }))} />}
        </Field>
      </form>
    </Dialog>
  );
}
