import { adminWords, Badge, balanceQuery, Button, Card, creditsWithUnit, ErrorState, faultsByField, Field, Input, toast, toProblem } from '@atelier/ui-kit';
import { patchBillingCredits } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';

const w = adminWords.budgets.low;

/** The mark below which owners, admins and billing members get a mail, and webhooks `balance.low`. */
export function LowBalance({ mayWrite }: { mayWrite: boolean }) {
  const queries = useQueryClient();
  const { data } = useQuery(balanceQuery);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (lowBelow: string | null) => patchBillingCredits({ body: { lowBelow } }),
    onSuccess: (credits) => {
      queries.setQueryData(balanceQuery.queryKey, credits);
      toast(w.saved);
    },
  });
  if (!data) return null;
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['lowBelow']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    mutate(String(new FormData(event.currentTarget).get('lowBelow')).trim() || null);
  };
  return (
    <Card title={w.title}>
      <p className="flex flex-wrap items-center gap-2">
        {data.low && <Badge tone="warn">{w.isLow}</Badge>}
        {data.lowBelow === '0' ? w.never : w.tells(creditsWithUnit(data.lowBelow))}
      </p>
      {mayWrite && (
        <form noValidate onSubmit={submit} className="mt-4 flex max-w-md flex-col gap-3">
          {problem && !fields.lowBelow && <ErrorState error={problem} inline />}
          <Field label={w.mark} hint={w.hint} error={fields.lowBelow}>
            {(ids) => <Input {...ids} key={data.lowBelow} name="lowBelow" inputMode="decimal" defaultValue={data.lowBelow} className="num" />}
          </Field>
          <Button type="submit" busy={isPending} className="self-start">
            {w.set}
          </Button>
        </form>
      )}
    </Card>
  );
}
