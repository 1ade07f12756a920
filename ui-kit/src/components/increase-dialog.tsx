import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { postBudgetsByIdIncreases } from '../client/index.js';
import { faultsByField, toProblem } from '../problem.js';
import { words } from '../strings.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { Field, Input } from './field.js';
import { ErrorState } from './states.js';
import { toast } from './toast.js';

const w = words.budgets;

interface Props {
  budget: { id: string; name: string };
  /** Credits to begin with, such as what is missing. */
  credits?: string;
  onClose: () => void;
}

/** Asks those who may raise a budget for more of it, until its period ends. */
export function IncreaseDialog({ budget, credits, onClose }: Props) {
  const id = useId();
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: { credits: string; reason: string }) => postBudgetsByIdIncreases({ path: { id: budget.id }, body }),
    onSuccess: () => {
      toast(w.asked);
      void queries.invalidateQueries({ queryKey: ['budgets'] });
      onClose();
    },
  });
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['credits', 'reason']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    mutate({ credits: String(form.get('credits')).trim(), reason: String(form.get('reason')).trim() });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={w.askTitle(budget.name)}
      description={w.askText}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={id} busy={isPending}>
            {w.send}
          </Button>
        </>
      }
    >
      <form id={id} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.more} error={fields['credits']}>
          {(ids) => <Input {...ids} name="credits" inputMode="decimal" defaultValue={credits} className="num" data-autofocus />}
        </Field>
        <Field label={w.reason} hint={w.reasonHint} error={fields['reason']}>
          {(ids) => <Input {...ids} name="reason" maxLength={500} />}
        </Field>
      </form>
    </Dialog>
  );
}
