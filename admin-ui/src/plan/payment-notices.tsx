import { adminWords, Button, buttonClass, ErrorState, formatDateTime, meQuery, Notice, offersQuery } from '@atelier/ui-kit';
import { postBillingPortal } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { subscriptionQuery } from './subscription.js';

const w = adminWords.payments;

export const useMayPay = (): boolean => useSuspenseQuery(meQuery).data.permissions.includes('billing:write');

/** Above everything else on the pages about payments: that there are none here, or that one failed. */
export function PaymentNotices({ onInvoices = false }: { onInvoices?: boolean }) {
  const { data: offers } = useQuery(offersQuery);
  const { data: subscription } = useQuery(subscriptionQuery);
  const mayPay = useMayPay();
  if (offers && !offers.billing) return <Notice title={w.off}>{w.offText}</Notice>;
  if (!subscription?.graceEndsAt) return null;
  const name = offers?.plans.find(({ plan }) => plan === subscription.plan)?.name ?? subscription.plan;
  const over = Date.parse(subscription.graceEndsAt) <= Date.now();
  return (
    <Notice
      tone="bad"
      title={over ? w.over(name) : w.failed(name, formatDateTime(subscription.graceEndsAt))}
      action={
        !onInvoices && (
          <Link to="/invoices" className={buttonClass('plain', 'small')}>
            {w.toInvoices}
          </Link>
        )
      }
    >
      {mayPay ? w.failedText : w.readOnly}
    </Notice>
  );
}

/** To the payment service's own page about cards, addresses, tax numbers and invoices. */
export function PortalButton() {
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => postBillingPortal(),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <span className="flex flex-col items-end gap-2">
      <Button busy={isPending} title={w.portalHint} onClick={() => mutate()}>
        {w.portal}
      </Button>
      {error && <ErrorState error={error} inline />}
    </span>
  );
}
