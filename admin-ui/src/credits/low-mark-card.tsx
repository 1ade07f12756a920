import {
  adminWords,
  balanceQuery,
  Button,
  Card,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  formatCredits,
  Input,
  toast,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { patchBillingCredits } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useMayPay } from '../plan/payment-notices.js';

const w = adminWords.low;

/** Below which balance somebody is told. */
export function LowMarkCard() {
  const { data } = useQuery(balanceQuery);
  const mayPay = useMayPay();
  const [open, setOpen] = useState(false);
  if (!data) return null;
  return (
    <Card title={w.title}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p>{data.lowBelow === '0' ? w.never : w.at(formatCredits(data.lowBelow))}</p>
        {mayPay && (
          <Button size="small" aria-label={`${w.set}: ${w.title}`} onClick={() => setOpen(true)}>
            {w.set}
          </Button>
        )}
      </div>
      {open && <LowMarkDialog mark={data.lowBelow} onClose={() => setOpen(false)} />}
    </Card>
  );
}

function LowMarkDialog({ mark, onClose }: { mark: string; onClose: () => void }) {
  const form = useId();
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (lowBelow: string | null) => patchBillingCredits({ body: { lowBelow } }),
    onSuccess: (after) => {
      queries.setQueryData(balanceQuery.queryKey, after);
      toast(w.saved);
      onClose();
    },
  });
  const { fields } = faultsByField(error ? toProblem(error) : null, ['lowBelow']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    mutate(String(new FormData(event.currentTarget).get('mark')).trim() || null);
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
        <Field label={w.label} hint={w.hint} error={fields.lowBelow}>
          {(ids) => <Input {...ids} name="mark" inputMode="decimal" defaultValue={mark} className="num" data-autofocus />}
        </Field>
      </form>
    </Dialog>
  );
}
