import {
  adminWords,
  Button,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  type FieldFault,
  formatDateTime,
  formatMicros,
  formatNumber,
  Input,
  Lines,
  LoadingRows,
  type OfferedPlan,
  type SubscriptionView,
  toast,
  toProblem,
  useDebounced,
  words,
} from '@atelier/ui-kit';
import { postBillingSubscribe, postBillingSubscribePreview, type SubscribeBody, type SubscribePreviewResponse } from '@atelier/ui-kit/client';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

const w = adminWords.plan;

interface Props {
  plan: OfferedPlan;
  subscription: SubscriptionView | null;
  /** What there is until the change begins. */
  now: string;
  onClose: () => void;
}

/** Another plan, or more or fewer seats of the same: says what it costs and when it begins before anybody presses. */
export function ChangeDialog({ plan, subscription, now, onClose }: Props) {
  const form = useId();
  const queries = useQueryClient();
  const same = subscription?.plan === plan.plan;
  const included = plan.seats ?? 1;
  const [seats, setSeats] = useState(String(included + (same ? subscription.seatsExtra : 0)));
  const isNumber = isCount(seats);
  const bodyOf = (wanted: string): SubscribeBody => ({ plan: plan.plan, ...(plan.seatPriceMicros !== null && { seats: Number(wanted) }) });
  const asked = useDebounced(seats);
  const preview = usePreview(bodyOf(asked), isCount(asked));
  const isStale = asked !== seats || preview.isPlaceholderData;
  const save = useMutation({
    mutationFn: () => postBillingSubscribe({ body: bodyOf(seats) }),
    onSuccess: ({ status, url, effectiveAt }) => {
      if (status === 'checkout' && url) return location.assign(url);
      for (const noun of ['plan', 'subscription', 'balance', 'invoices']) void queries.invalidateQueries({ queryKey: [noun] });
      toast(effectiveAt ? w.scheduled(formatDateTime(effectiveAt)) : w.changed);
      onClose();
    },
  });
  const problem = save.error ?? preview.error;
  const { fields } = faultsByField(problem ? toProblem(problem) : null, ['seats']);
  const fault: FieldFault | undefined = isNumber ? fields.seats : { pointer: '/seats', code: 'not_a_number', ...w.seatsFault };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isNumber && !isStale) save.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={same ? w.change : w.changeTo(plan.name)}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={save.isPending} disabled={!isNumber || !preview.data || isStale}>
            {preview.data?.status === 'checkout' ? w.goPay : w.confirm}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && !fields.seats && <ErrorState error={problem} inline />}
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
        <div role="status">{preview.data ? <Meaning preview={preview.data} now={now} /> : !problem && <LoadingRows rows={2} className="h-5" />}</div>
      </form>
    </Dialog>
  );
}

const isCount = (text: string): boolean => /^[1-9]\d{0,3}$/.test(text.trim());

/** Asked again for each number of seats; the payment service counts, and nothing is changed. */
function usePreview(body: SubscribeBody, on: boolean) {
  return useQuery({
    queryKey: ['subscription', 'preview', body],
    queryFn: () => postBillingSubscribePreview({ body }),
    enabled: on,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

function Meaning({ preview: { status, effectiveAt, dueNow, then }, now }: { preview: SubscribePreviewResponse; now: string }) {
  const tax = dueNow.taxMicros !== '0' && { label: w.tax, amount: formatMicros(dueNow.taxMicros) };
  return (
    <div className="flex flex-col gap-3">
      <p>{effectiveAt ? w.later(formatDateTime(effectiveAt), now) : status === 'checkout' ? w.toCheckout : w.atOnce}</p>
      <Lines
        rows={[...dueNow.lines.map(({ description, amountMicros }) => ({ label: description, amount: formatMicros(amountMicros) })), ...(tax ? [tax] : [])]}
        total={{ label: w.dueNow, amount: formatMicros(dueNow.totalMicros) }}
      />
      <p className="text-13 text-ink-soft">{then ? w.then(w.perMonth(formatMicros(then.totalMicros)), formatDateTime(then.at)) : w.nothingMore}</p>
    </div>
  );
}
