import { adminWords, Button, ConfirmDialog, ErrorState, formatDateTime, toast } from '@atelier/ui-kit';
import { postBillingSubscribe, postBillingSubscriptionPause, postBillingSubscriptionResume } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';

const w = adminWords.plan;

/** Runs a change of the subscription and asks anew for all that follows from it. */
export function useChange<T>(change: () => Promise<T>, then: (answer: T) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => change(),
    onSuccess: (answer: T) => {
      for (const noun of ['plan', 'subscription', 'balance']) void queries.invalidateQueries({ queryKey: [noun] });
      then(answer);
    },
  });
}

export function EndDialog({ name, until, onClose }: { name: string; until: string; onClose: () => void }) {
  const action = useChange(() => postBillingSubscribe({ body: { plan: 'free' } }), onClose);
  return <ConfirmDialog open onClose={onClose} title={w.endTitle(name)} text={w.endText(formatDateTime(until))} verb={w.end} action={action} />;
}

export function PauseDialog({ onClose }: { onClose: () => void }) {
  const action = useChange(() => postBillingSubscriptionPause(), onClose);
  return <ConfirmDialog open onClose={onClose} title={w.pauseTitle} text={w.pauseText} verb={w.pause} action={action} />;
}

export function ResumeButton() {
  const { mutate, isPending, error } = useChange(
    () => postBillingSubscriptionResume(),
    () => undefined,
  );
  return <Press verb={w.resume} busy={isPending} error={error} onPress={mutate} />;
}

/** Takes back what waits for the end of the period: to have what there is, with the seats there are. */
export function KeepButton({ plan, name, seats }: { plan: string; name: string; seats: number | null }) {
  const { mutate, isPending, error } = useChange(
    () => postBillingSubscribe({ body: { plan, ...(seats !== null && { seats }) } }),
    () => toast(w.kept(name)),
  );
  return <Press verb={w.keep(name)} busy={isPending} error={error} onPress={mutate} />;
}

const Press = ({ verb, busy, error, onPress }: { verb: string; busy: boolean; error: Error | null; onPress: () => void }) => (
  <>
    <Button size="small" busy={busy} onClick={() => onPress()}>
      {verb}
    </Button>
    {error && <ErrorState error={error} inline />}
  </>
);
