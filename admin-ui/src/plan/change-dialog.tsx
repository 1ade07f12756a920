import {
  adminWords,
  Button,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  formatDateTime,
  formatMicros,
  formatNumber,
  Input,
  type OfferedPlan,
  type SubscriptionView,
  type TenantPlan,
  toast,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { postBillingSubscribe } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { courseOf, monthlyMicros, type Course } from './subscription.js';

const w = adminWords.plan;
const TRIAL_DAYS = 14;

interface Props {
  plan: OfferedPlan;
  subscription: SubscriptionView | null;
  current: TenantPlan;
  trial: boolean;
  onClose: () => void;
}

/** Another plan, or more or fewer seats of the same: says what it costs and when it begins before anybody presses. */
export function ChangeDialog({ plan, subscription, current, trial, onClose }: Props) {
  const form = useId();
  const queries = useQueryClient();
  const same = subscription?.plan === plan.plan;
  const included = plan.seats ?? 1;
  const [seats, setSeats] = useState(String(included + (same ? subscription.seatsExtra : 0)));
  const valid = /^[1-9]\d{0,4}$/.test(seats.trim());
  const wish = { plan, seatsExtra: valid ? Math.max(0, Number(seats) - included) : 0 };
  const course = courseOf(wish, subscription, current.priceMicrosPerMonth, trial);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => postBillingSubscribe({ body: { plan: plan.plan, ...(plan.seatPriceMicros !== null && { seats: Number(seats) }) } }),
    onSuccess: ({ status, url, effectiveAt }) => {
      if (status === 'checkout' && url) return location.assign(url);
      for (const noun of ['plan', 'subscription', 'balance', 'invoices']) void queries.invalidateQueries({ queryKey: [noun] });
      toast(effectiveAt ? w.scheduled(formatDateTime(effectiveAt)) : w.changed);
      onClose();
    },
  });
  const { fields } = faultsByField(error ? toProblem(error) : null, ['seats']);
  const fault = fields.seats ?? (valid ? undefined : { pointer: '/seats', code: 'not_a_number', ...w.seatsFault });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (valid) mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={same ? w.change : w.changeTo(plan.name)}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending} disabled={!valid}>
            {course === 'checkout' || course === 'trial' ? w.goPay : w.confirm}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {error && !fields.seats && <ErrorState error={error} inline />}
        {plan.seatPriceMicros !== null && (
          <Field label={w.seats} hint={w.seatsHint(formatNumber(included), formatMicros(plan.seatPriceMicros))} error={fault}>
            {(ids) => (
              <Input
                {...ids}
                name="seats"
                inputMode="numeric"
                value={seats}
                onChange={(event) => setSeats(event.target.value)}
                className="num"
                data-autofocus
              />
            )}
          </Field>
        )}
        <p role="status">{meaning(course, w.perMonth(formatMicros(monthlyMicros(wish) ?? '0')), subscription, current)}</p>
      </form>
    </Dialog>
  );
}

function meaning(course: Course, price: string, subscription: SubscriptionView | null, current: TenantPlan): string {
  switch (course) {
    case 'checkout':
      return w.toCheckout(price);
    case 'trial':
      return w.toTrial(price, TRIAL_DAYS);
    case 'inTrial':
      return w.inTrial;
    case 'atOnce':
      return w.atOnce(price);
    case 'seatsAtOnce':
      return w.seatsAtOnce;
    case 'later':
      return w.later(formatDateTime(subscription!.periodEndsAt), current.name);
  }
}
