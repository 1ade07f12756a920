import {
  adminWords,
  Button,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  type FieldFault,
  formatCredits,
  formatMicros,
  Input,
  type Pack,
  Select,
  toast,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { putBillingTopUp, type TopUpBody, type TopUpResponse } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { dollarsOf, microsOf } from '../dollars.js';
import { topUpQuery } from './top-up-card.js';

const w = adminWords.topUp;
const FIELDS = ['threshold', 'pack', 'dayMaxMicros', 'coolDownMinutes'];

interface Props {
  topUp: TopUpResponse;
  packs: readonly Pack[];
  onClose: () => void;
}

/** The terms of the automatic top-up; saving switches it on. */
export function TopUpDialog({ topUp, packs, onClose }: Props) {
  const form = useId();
  const queries = useQueryClient();
  const [noAmount, setNoAmount] = useState<FieldFault | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: TopUpBody) => putBillingTopUp({ body }),
    onSuccess: (after) => {
      queries.setQueryData(topUpQuery.queryKey, after);
      toast(w.saved);
      onClose();
    },
  });
  const { fields } = faultsByField(error ? toProblem(error) : null, FIELDS);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string): string => String(data.get(name)).trim();
    const dayMaxMicros = microsOf(text('dayMax'));
    setNoAmount(dayMaxMicros === null ? { pointer: '/dayMaxMicros', code: 'not_an_amount', ...w.dayMaxFault } : null);
    if (dayMaxMicros !== null)
      mutate({
        enabled: true,
        threshold: text('threshold'),
        pack: text('pack') as TopUpBody['pack'],
        dayMaxMicros,
        coolDownMinutes: Number(text('coolDown')),
      });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={w.title}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.save}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {error && Object.keys(fields).length === 0 && <ErrorState error={error} inline />}
        <Field label={w.threshold} error={fields.threshold}>
          {(ids) => <Input {...ids} name="threshold" inputMode="decimal" defaultValue={topUp.threshold} className="num" data-autofocus />}
        </Field>
        <Field label={w.pack} error={fields.pack}>
          {(ids) => (
            <Select
              {...ids}
              name="pack"
              defaultValue={topUp.pack}
              options={packs.map(({ id, credits, priceMicros }) => ({ value: id, label: w.packOf(formatCredits(credits), formatMicros(priceMicros)) }))}
            />
          )}
        </Field>
        <Field label={w.dayMax} hint={w.dayMaxHint} error={noAmount ?? fields.dayMaxMicros}>
          {(ids) => <Input {...ids} name="dayMax" inputMode="decimal" defaultValue={dollarsOf(topUp.dayMaxMicros)} className="num" />}
        </Field>
        <Field label={w.coolDown} error={fields.coolDownMinutes}>
          {(ids) => <Input {...ids} name="coolDown" inputMode="numeric" defaultValue={topUp.coolDownMinutes} className="num" />}
        </Field>
      </form>
    </Dialog>
  );
}
