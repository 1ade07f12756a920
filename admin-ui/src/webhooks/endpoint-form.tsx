import {
  adminWords,
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
  toast,
  toProblem,
  words,
} from '@atelier/ui-kit';
import { type CreateWebhookDto, getTenantWebhooksEventTypes, patchTenantWebhooksById, postTenantWebhooks, type WebhookDto } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { type FormEvent, useId, useState } from 'react';
import { choicesOf, covered, patternsOf } from './event-choice.js';

const w = adminWords.webhooks;

/** The secret, once: after making an endpoint, and after a rotation. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={w.secretTitle} description={w.secretText} footer={<Button onClick={onClose}>{w.done}</Button>}>
      <p className="rounded-house border border-line bg-sunk p-3 font-mono text-13 break-all">{secret}</p>
      <div className="mt-3">
        <CopyButton text={secret} label={w.copy} size="normal" />
      </div>
    </Dialog>
  );
}

interface FormProps {
  /** The one to change; null: a new one. */
  endpoint: WebhookDto | null;
  onClose: () => void;
  onMade: (secret: string) => void;
}

export function EndpointForm({ endpoint, onClose, onMade }: FormProps) {
  const form = useId();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(endpoint?.eventTypes ?? ['job.*']));
  const [missing, setMissing] = useState<FieldFault | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (body: CreateWebhookDto) =>
      endpoint ? void (await patchTenantWebhooksById({ path: { id: endpoint.id }, body })) : (await postTenantWebhooks({ body })).secret,
    onSuccess: (secret) => {
      void queries.invalidateQueries({ queryKey: ['webhooks', 'endpoints'] });
      if (secret === undefined) {
        toast(w.saved);
        onClose();
      } else onMade(secret);
    },
  });
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['url', 'description', 'eventTypes']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const eventTypes = patternsOf(chosen);
    setMissing(eventTypes.length === 0 ? { pointer: '/eventTypes', code: 'missing', ...w.eventsMissing } : null);
    if (eventTypes.length > 0) mutate({ url: String(data.get('url')).trim(), description: String(data.get('description')).trim(), eventTypes });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={endpoint ? w.change : w.add}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {endpoint ? w.save : w.create}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-5">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.url} hint={w.urlHint} error={fields.url}>
          {(ids) => <Input {...ids} name="url" type="url" maxLength={2000} defaultValue={endpoint?.url} data-autofocus />}
        </Field>
        <Field label={w.description} error={fields.description}>
          {(ids) => <Input {...ids} name="description" maxLength={200} defaultValue={endpoint?.description} />}
        </Field>
        <Events chosen={chosen} onChange={setChosen} fault={missing ?? fields.eventTypes} />
      </form>
    </Dialog>
  );
}

interface EventsProps {
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  fault: FieldFault | undefined;
}

function Events({ chosen, onChange, fault }: EventsProps) {
  const { data, error } = useQuery({ queryKey: ['webhooks', 'event-types'], queryFn: () => getTenantWebhooksEventTypes() });
  const turn = (pattern: string): void => {
    const next = new Set(chosen);
    if (!next.delete(pattern)) next.add(pattern);
    onChange(next);
  };
  return (
    <CheckGroup legend={w.events} error={fault}>
      {error && <ErrorState error={error} inline />}
      {data &&
        choicesOf(data.data).map(({ pattern, description }) => (
          <Check
            key={pattern}
            className={clsx(description !== null && 'ml-6')}
            checked={chosen.has(pattern) || covered(chosen, pattern)}
            disabled={covered(chosen, pattern)}
            onChange={() => turn(pattern)}
            label={<span className="font-mono text-13">{pattern}</span>}
            about={description ?? (pattern === '*' ? w.everything : w.wholeGroup)}
          />
        ))}
    </CheckGroup>
  );
}
