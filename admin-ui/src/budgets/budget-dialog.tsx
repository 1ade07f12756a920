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
import { dollarsOf } from '../dollars.js';
import { readWish, type Unit, type Wish } from './budget-wish.js';

const w = adminWords.budgets;
const FIELDS = ['name', 'scope', 'subjectId', 'period', 'mode', 'limit', 'limitMicros', 'thresholds'];
const UNITS = ['credits', 'dollars'] as const;

/** Makes a budget, or changes one; whom it bounds and how long its periods are stays as it was made. */
export function BudgetDialog({ budget, onClose }: { budget: BudgetView | null; onClose: () => void }) {
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const [unit, setUnit] = useState<Unit>(budget?.limitMicros ? 'dollars' : 'credits');
  const [rehearsed, setRehearsed] = useState<RehearsalResponse | null>(null);
  const people = useQuery({ queryKey: ['members', 'choice'], queryFn: () => getTenantMembers({ query: { limit: 100 } }), enabled: budget === null });
  const save = useMutation({
    mutationFn: ({ name, mode, limit, limitMicros, thresholds, ...made }: Wish) => {
      const terms = { ...(name && { name }), mode, thresholds, ...(sameLimit(budget, limit, limitMicros) ? {} : { limit, limitMicros }) };
      return budget ? patchBudgetsById({ path: { id: budget.id }, body: terms }) : postBudgets({ body: { ...terms, ...made } });
    },
    onSuccess: ({ name }) => {
      toast(w.saved(name));
      void queries.invalidateQueries({ queryKey: ['budgets'] });
      onClose();
    },
  });
  const rehearse = useMutation({
    mutationFn: ({ scope, subjectId, period, limit, limitMicros }: Wish) => postBudgetsRehearsals({ body: { scope, subjectId, period, limit, limitMicros } }),
    onSuccess: setRehearsed,
    onError: () => setRehearsed(null),
  });
  const problem = save.error ?? rehearse.error;
  const { fields } = faultsByField(problem ? toProblem(problem) : null, FIELDS);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    rehearse.reset();
    save.mutate(readWish(event.currentTarget, budget, unit));
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
              rehearse.mutate(readWish(form.current!, budget, unit));
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
        <Field label={w.unit} hint={w.unitHint}>
          {(ids) => (
            <Select
              {...ids}
              name="unit"
              value={unit}
              onChange={(event) => {
                save.reset();
                rehearse.reset();
                setUnit(event.target.value as Unit);
              }}
              options={UNITS.map((value) => ({ value, label: w.units[value] }))}
            />
          )}
        </Field>
        <Field label={w.limits[unit]} hint={w.limitHint} error={fields.limit ?? fields.limitMicros}>
          {(ids) => <Input {...ids} key={unit} name="limit" inputMode="decimal" defaultValue={limitOf(budget, unit)} className="num" />}
        </Field>
        <Field label={w.thresholds} hint={w.thresholdsHint} error={fields.thresholds}>
          {(ids) => <Input {...ids} name="thresholds" inputMode="numeric" defaultValue={(budget?.thresholds ?? [50, 80, 100]).join(', ')} className="num" />}
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

const limitOf = (budget: BudgetView | null, unit: Unit): string | undefined =>
  unit === 'credits' ? budget?.limit : budget?.limitMicros ? dollarsOf(budget.limitMicros) : undefined;

/** Unchanged, dollars keep the credits that they were worth when they were set. */
const sameLimit = (budget: BudgetView | null, limit: string | undefined, limitMicros: string | undefined): boolean =>
  budget !== null && (limitMicros === undefined ? limit === budget.limit && budget.limitMicros === null : limitMicros === budget.limitMicros);

const firstRefusal = ({ periods, from }: RehearsalResponse): string => periods.find(({ firstRefusalAt }) => firstRefusalAt)?.firstRefusalAt ?? from;
