import { Button, Dialog, ErrorState, faultsByField, Field, Input, operatorWords, toast, toProblem, words } from '@atelier/ui-kit';
import { patchOperatorPriceSimulationsById, type SimulationResponse } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';

const w = operatorWords.prices;

export function ScheduleDialog({ id, open, onClose }: { id: string; open: boolean; onClose: () => void }) {
  const form = useId();
  const queries = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (effectiveFrom: string | undefined): Promise<SimulationResponse> =>
      patchOperatorPriceSimulationsById({ path: { id }, body: { ...(effectiveFrom && { effectiveFrom }) } }),
    onSuccess: ({ scheduledVersion }) => {
      toast(w.scheduled(scheduledVersion!));
      void queries.invalidateQueries({ queryKey: ['price-simulations'] });
      void queries.invalidateQueries({ queryKey: ['price-lists'] });
      close();
    },
  });
  const close = (): void => {
    reset();
    onClose();
  };
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['effectiveFrom']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const from = String(new FormData(event.currentTarget).get('from'));
    mutate(from ? new Date(from).toISOString() : undefined);
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={w.scheduleTitle}
      description={w.scheduleText}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.schedule}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.scheduleFrom} hint={w.scheduleHint} error={fields.effectiveFrom}>
          {(ids) => <Input {...ids} name="from" type="datetime-local" className="num" data-autofocus />}
        </Field>
      </form>
    </Dialog>
  );
}
