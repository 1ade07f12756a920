import { adminWords, Button, Card, ErrorState, formatCredits, formatMicros, offersQuery, type Pack, parseMilli } from '@atelier/ui-kit';
import { postBillingCreditsPurchase } from '@atelier/ui-kit/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useMayPay } from '../plan/payment-notices.js';

const w = adminWords.credits;

/** Packs to buy, each on the payment service's own page; nothing where there are no payments. */
export function Packs() {
  const { data: offers } = useQuery(offersQuery);
  const mayPay = useMayPay();
  const { mutate, isPending, variables, error } = useMutation({
    mutationFn: (pack: Pack['id']) => postBillingCreditsPurchase({ body: { pack } }),
    onSuccess: ({ url }) => location.assign(url),
  });
  if (!offers?.billing) return null;
  return (
    <Card title={w.packs}>
      <p className="mb-4 max-w-prose text-13 text-ink-soft">{mayPay ? w.packsText : adminWords.payments.readOnly}</p>
      {error && <ErrorState error={error} inline />}
      <ul className="grid gap-3 sm:grid-cols-3">
        {offers.packs.map(({ id, credits, priceMicros }) => (
          <li key={id} className="flex flex-col gap-2 rounded-house border border-line p-4">
            <p className="num text-16 font-semibold">{w.pack(formatCredits(credits))}</p>
            <p className="num text-13 text-ink-faint">{w.each(formatMicros(perCredit(credits, priceMicros)))}</p>
            {mayPay && (
              <Button
                className="mt-auto"
                busy={isPending && variables === id}
                disabled={isPending}
                aria-label={w.buyPack(formatCredits(credits), formatMicros(priceMicros))}
                onClick={() => mutate(id)}
              >
                {w.buy(formatMicros(priceMicros))}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Rounded down to the micro-dollar; shown, never charged. */
const perCredit = (credits: string, priceMicros: string): string => String((BigInt(priceMicros) * 1000n) / parseMilli(credits));
