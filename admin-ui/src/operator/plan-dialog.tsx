import { adminWords, Button, Dialog, ErrorState, Field, type OperatorTenant, Select, Skeleton, toast, words } from '@atelier/ui-kit';
import { getOperatorPlans, postOperatorTenantsByIdPlan } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';

const w = adminWords.tenants;

export function PlanDialog({ tenant, onClose }: { tenant: OperatorTenant | null; onClose: () => void }) {
  const form = useId();
  const queries = useQueryClient();
  const plans = useQuery({ queryKey: ['plans'], queryFn: () => getOperatorPlans(), enabled: tenant !== null });
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: ({ id, plan }: { id: string; plan: string }) => postOperatorTenantsByIdPlan({ path: { id }, body: { plan } }),
    onSuccess: ({ name }) => {
      toast(w.planSet(tenant?.name ?? '', name));
      void queries.invalidateQueries();
      onClose();
    },
  });
  const close = (): void => {
    reset();
    onClose();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (tenant) mutate({ id: tenant.id, plan: String(new FormData(event.currentTarget).get('plan')) });
  };
  // The list holds every version; a workspace is always given the newest.
  const newest = [...new Map((plans.data?.data ?? []).toReversed().map((plan) => [plan.plan, plan])).values()];
  return (
    <Dialog
      open={tenant !== null}
      onClose={close}
      title={w.setPlanTitle(tenant?.name ?? '')}
      description={w.setPlanText}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending} disabled={!plans.data}>
            {w.setPlan}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {(error ?? plans.error) && <ErrorState error={error ?? plans.error} inline />}
        {plans.data ? (
          <Field label={w.plan}>
            {(ids) => <Select {...ids} name="plan" defaultValue={tenant?.plan} options={newest.map(({ plan, name }) => ({ value: plan, label: name }))} />}
          </Field>
        ) : (
          <Skeleton className="h-9" />
        )}
      </form>
    </Dialog>
  );
}
