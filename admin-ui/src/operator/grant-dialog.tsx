import {
  adminWords,
  Button,
  creditsWithUnit,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  type FieldFault,
  idempotencyKey,
  Input,
  type OperatorTenant,
  toast,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { type GrantBody, postOperatorTenantsByIdGrants } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { isGrantable } from './grant.js';

const w = adminWords.tenants;

function faultsOf({ credits, reason }: GrantBody): Record<string, FieldFault> {
  const faults: Record<string, FieldFault> = {};
  if (!isGrantable(credits)) faults.credits = { pointer: '/credits', code: 'invalid', ...w.creditsFault };
  if (!reason) faults.reason = { pointer: '/reason', code: 'missing', ...w.reasonFault };
  return faults;
}

export function GrantDialog({ tenant, onClose }: { tenant: OperatorTenant | null; onClose: () => void }) {
  const form = useId();
  const queries = useQueryClient();
  const [found, setFound] = useState<Record<string, FieldFault>>({});
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (body: GrantBody) => postOperatorTenantsByIdGrants({ path: { id: tenant!.id }, body, headers: { 'idempotency-key': idempotencyKey() } }),
    onSuccess: (_, { credits }) => {
      toast(w.granted(tenant!.name, creditsWithUnit(credits)));
      void queries.invalidateQueries();
      close();
    },
  });
  const close = (): void => {
    reset();
    setFound({});
    onClose();
  };
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['credits', 'reason', 'expiresAt']);
  const faults: Record<string, FieldFault | undefined> = { ...fields, ...found };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value).trim()])) as {
      credits: string;
      reason: string;
      expires: string;
    };
    // The day itself still counts: credits go at its end.
    const grant = {
      credits: values.credits,
      reason: values.reason,
      ...(values.expires && { expiresAt: new Date(`${values.expires}T23:59:59`).toISOString() }),
    };
    setFound(faultsOf(grant));
    if (Object.keys(faultsOf(grant)).length === 0) mutate(grant);
  };
  return (
    <Dialog
      open={tenant !== null}
      onClose={close}
      title={w.grantTitle(tenant?.name ?? '')}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.grant}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.credits} hint={w.creditsHint} error={faults.credits}>
          {(ids) => <Input {...ids} name="credits" inputMode="decimal" data-autofocus className="num" />}
        </Field>
        <Field label={w.reason} hint={w.reasonHint} error={faults.reason}>
          {(ids) => <Input {...ids} name="reason" maxLength={500} />}
        </Field>
        <Field label={w.expires} hint={w.expiresHint} error={faults.expiresAt}>
          {(ids) => <Input {...ids} name="expires" type="date" />}
        </Field>
      </form>
    </Dialog>
  );
}
