import { Button, Dialog, ErrorState, faultsByField, Field, Input, studioWords, toast, toProblem, words } from '@atelier/ui-kit';
import { postBudgetsByIdIncreases } from '@atelier/ui-kit/client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';

const w = studioWords.cure;
const FIELDS = ['credits', 'reason'];

/** Asks those who decide for more of a budget, until its period ends. */
export function AskMoreDialog({ budget, onClose }: { budget: { id: string; name: string }; onClose: () => void }) {
  const form = useId();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: { credits: string; reason: string }) => postBudgetsByIdIncreases({ path: { id: budget.id }, body }),
    onSuccess: () => {
      toast(w.asked);
      onClose();
    },
  });
  const { fields } = faultsByField(error ? toProblem(error) : null, FIELDS);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    // The form around the button that opened this one must not be sent as well.
    event.stopPropagation();
    const data = new FormData(event.currentTarget);
    mutate({ credits: String(data.get('credits')).trim(), reason: String(data.get('reason')).trim() });
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
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.ask}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {error && Object.keys(fields).length === 0 && <ErrorState error={error} inline />}
        <Field label={w.credits} hint={w.creditsHint} error={fields.credits}>
          {(ids) => <Input {...ids} name="credits" inputMode="decimal" className="num" data-autofocus />}
        </Field>
        <Field label={w.reason} hint={w.reasonHint} error={fields.reason}>
          {(ids) => <Input {...ids} name="reason" maxLength={500} />}
        </Field>
      </form>
    </Dialog>
  );
}
