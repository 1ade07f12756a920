import {
  adminWords,
  type BudgetView,
  Button,
  creditsWithUnit,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  formatDateTime,
  Input,
  Select,
  toast,
  toProblem,
} from '@atelier/ui-kit';
import { getTenantMembers, patchBudgetsById, postBudgets, postBudgetsRehearsals, type RehearsalResponse } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';

const w = adminWords.budgets;
const FIELDS = ['name', 'scope', 'subjectId', 'period', 'mode', 'limit'];

interface Wish {
  name: string;
  scope: 'tenant' | 'user';
  subjectId?: string;
  period: 'day' | 'week' | 'month';
  mode: 'hard' | 'soft';
  limit: string;
}

function readWish(form: HTMLFormElement, budget: BudgetView | null): Wish {
  const text = (name: string): string => String(new FormData(form).get(name) ?? '').trim();
  const subjectId = budget ? budget.subjectId : text('whose');
  return {
    name: text('name'),
    scope: (budget?.scope ?? (subjectId ? 'user' : 'tenant')) as Wish['scope'],
    ...(subjectId && { subjectId }),
    period: budget?.period ?? (text('period') as Wish['period']),
    mode: text('mode') as Wish['mode'],
    limit: text('limit'),
  };
}

/** Makes a budget, or changes one; whom it bounds and how long its periods are stays as it was made. */
export function BudgetDialog({ budget, onClose }: { budget: BudgetView | null; onClose: () => void }) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const [rehearsed, setRehearsed] = useState<RehearsalResponse | null>(null);
  const people = useQuery({ queryKey: ['members', 'choice'], queryFn: () => getTenantMembers({ query: { limit: 100 } }), enabled: budget === null });
  const save = useMutation({
    mutationFn: ({ name, mode, limit, scope, subjectId, period }: Wish) =>
      budget
        ? patchBudgetsById({ path: { id: budget.id }, body: { ...(name && { name }), mode, ...(limit !== budget.limit && { limit }) } })
        : postBudgets({ body: { ...(name && { name }), mode, limit, scope, subjectId, period } }),
    onSuccess: ({ name }) => {
      toast(w.saved(name));
      void queries.invalidateQueries({ queryKey: ['budgets'] });
      onClose();
    },
  });
  const rehearse = useMutation({
    mutationFn: ({ scope, subjectId, period, limit }: Wish) => postBudgetsRehearsals({ body: { scope, subjectId, period, limit } }),
    onSuccess: setRehearsed,
    onError: () => setRehearsed(null),
  });
  const problem = save.error ?? rehearse.error;
  const { fields } = faultsByField(problem ? toProblem(problem) : null, FIELDS);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    rehearse.reset();
    save.mutate(readWish(event.currentTarget, budget));
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={budget ? w.change(budget.name) : w.add}
      footer={
        <>
          <Button
            busy={rehearse.isPending}
            onClick={() => {
              save.reset();
              rehearse.mutate(readWish(form.current!, budget));
            }}
          >
            {w.rehearse}
          </Button>
          <Button kind="main" type="submit" form={id} busy={save.isPending}>
            {w.save}
          </Button>
        </>
      }
    >
      <form ref={form} id={id} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.name} hint={w.nameHint} error={fields.name}>
          {(ids) => <Input {...ids} name="name" maxLength={80} defaultValue={budget?.name} data-autofocus />}
        </Field>
        {!budget && (
          <>
            <Field label={w.whose} error={fields.subjectId ?? fields.scope}>
              {(ids) => (
                <Select
                  {...ids}
                  name="whose"
                  options={[{ value: '', label: w.everybody }, ...(people.data?.data ?? []).map(({ userId, name }) => ({ value: userId, label: name }))]}
                />
              )}
            </Field>
            <Field label={w.period} hint={w.periodHint} error={fields.period}>
              {(ids) => (
                <Select
                  {...ids}
                  name="period"
                  defaultValue="month"
                  options={(['day', 'week', 'month'] as const).map((value) => ({ value, label: w.periods[value] }))}
                />
              )}
            </Field>
          </>
        )}
        <Field label={w.limit} hint={w.limitHint} error={fields.limit}>
          {(ids) => <Input {...ids} name="limit" inputMode="decimal" defaultValue={budget?.limit} className="num" />}
        </Field>
        <Field label={w.mode} error={fields.mode}>
          {(ids) => (
            <Select
              {...ids}
              name="mode"
              defaultValue={budget?.mode ?? 'hard'}
              options={(['hard', 'soft'] as const).map((value) => ({ value, label: w.modes[value] }))}
            />
          )}
        </Field>
        <p role="status" className="text-13 text-ink-soft">
          {rehearsed &&
            (rehearsed.refusedJobs > 0
              ? w.wouldRefuse(
                  rehearsed.refusedJobs,
                  rehearsed.jobs,
                  creditsWithUnit(rehearsed.refused),
                  formatDateTime(firstRefusal(rehearsed), rehearsed.timeZone),
                )
              : w.wouldRefuseNone(rehearsed.jobs))}
        </p>
      </form>
    </Dialog>
  );
}

const firstRefusal = ({ periods, from }: RehearsalResponse): string => periods.find(({ firstRefusalAt }) => firstRefusalAt)?.firstRefusalAt ?? from;
