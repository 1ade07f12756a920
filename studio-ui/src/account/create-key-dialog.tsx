import { KEY_SCOPES } from '@atelier/contracts';
import {
  Button,
  Check,
  CheckGroup,
  CopyButton,
  Dialog,
  ErrorState,
  faultsByField,
  Field,
  type FieldFault,
  Input,
  Select,
  studioWords,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { type CreateApiKeyDto, postApiKeys } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

const w = studioWords.keys;
const DAY_MS = 86_400_000;
const START = ['job:create', 'job:read', 'asset:read'];

/** Two steps: what the key may do; then the key itself, once. */
export function CreateKeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [made, setMade] = useState<string | null>(null);
  const close = (): void => {
    setMade(null);
    onClose();
  };
  if (made) return <MadeKey secret={made} onClose={close} />;
  return <KeyForm open={open} onClose={close} onMade={setMade} />;
}

function MadeKey({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={w.madeTitle} description={w.madeText} footer={<Button onClick={onClose}>{w.done}</Button>}>
      <p className="rounded-house border border-line bg-sunk p-3 font-mono text-13 break-all">{secret}</p>
      <div className="mt-3">
        <CopyButton text={secret} label={w.copyKey} size="normal" />
      </div>
    </Dialog>
  );
}

function KeyForm({ open, onClose, onMade }: { open: boolean; onClose: () => void; onMade: (secret: string) => void }) {
  const form = useId();
  const queries = useQueryClient();
  const [missing, setMissing] = useState<Record<string, FieldFault>>({});
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (values: CreateApiKeyDto) => postApiKeys({ body: values }),
    onSuccess: ({ key }) => {
      void queries.invalidateQueries({ queryKey: ['keys'] });
      onMade(key);
      reset();
    },
  });
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['name', 'scopes', 'expiresAt']);
  const faults: Record<string, FieldFault | undefined> = { ...fields, ...missing };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const name = String(data.get('name')).trim();
    const scopes = data.getAll('scope').map(String) as CreateApiKeyDto['scopes'];
    const days = String(data.get('expiry'));
    const found = {
      ...(!name && { name: { pointer: '/name', code: 'missing', ...w.nameMissing } }),
      ...(scopes.length === 0 && { scopes: { pointer: '/scopes', code: 'missing', ...w.scopesMissing } }),
    };
    setMissing(found);
    if (Object.keys(found).length === 0)
      mutate({ name, scopes, expiresAt: days === 'never' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString() });
  };
  const close = (): void => {
    reset();
    setMissing({});
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={w.createTitle}
      footer={
        <>
          <Button onClick={close}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.create}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-5">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.name} hint={w.nameHint} error={faults.name}>
          {(ids) => <Input {...ids} name="name" maxLength={80} data-autofocus />}
        </Field>
        <Scopes fault={faults.scopes} />
        <Field label={w.expiry} error={faults.expiresAt}>
          {(ids) => (
            <Select
              {...ids}
              name="expiry"
              defaultValue="90"
              options={(['30', '90', '365', 'never'] as const).map((value) => ({ value, label: w.expiries[value] }))}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

function Scopes({ fault }: { fault: FieldFault | undefined }) {
  return (
    <CheckGroup legend={w.scopes} error={fault}>
      <div className="grid grid-cols-2 gap-x-4">
        {KEY_SCOPES.map((scope) => (
          <Check key={scope} name="scope" value={scope} defaultChecked={START.includes(scope)} label={w.scopeNames[scope]} />
        ))}
      </div>
    </CheckGroup>
  );
}
