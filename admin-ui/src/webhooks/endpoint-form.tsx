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
  toProblem,
  words,
} from '@atelier/ui-kit';
import { type CreateWebhookDto, getTenantWebhooksEventTypes, postTenantWebhooks } from '@atelier/ui-kit/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';

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

export function EndpointForm({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const form = useId();
  const queries = useQueryClient();
  const [missing, setMissing] = useState<FieldFault | null>(null);
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: CreateWebhookDto) => postTenantWebhooks({ body }),
    onSuccess: ({ secret }) => {
      void queries.invalidateQueries({ queryKey: ['webhooks'] });
      onMade(secret);
    },
  });
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, ['url', 'description', 'eventTypes']);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const eventTypes = data.getAll('event').map(String);
    setMissing(eventTypes.length === 0 ? { pointer: '/eventTypes', code: 'missing', ...w.eventsMissing } : null);
    if (eventTypes.length > 0) mutate({ url: String(data.get('url')).trim(), description: String(data.get('description')).trim(), eventTypes });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={w.add}
      footer={
        <>
          <Button onClick={onClose}>{words.action.cancel}</Button>
          <Button kind="main" type="submit" form={form} busy={isPending}>
            {w.create}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-5">
        {problem && Object.keys(fields).length === 0 && <ErrorState error={problem} inline />}
        <Field label={w.url} hint={w.urlHint} error={fields.url}>
          {(ids) => <Input {...ids} name="url" type="url" maxLength={2000} data-autofocus />}
        </Field>
        <Field label={w.description} error={fields.description}>
          {(ids) => <Input {...ids} name="description" maxLength={200} />}
        </Field>
        <Events fault={missing ?? fields.eventTypes} />
      </form>
    </Dialog>
  );
}

function Events({ fault }: { fault: FieldFault | undefined }) {
  const { data, error } = useQuery({ queryKey: ['webhooks', 'event-types'], queryFn: () => getTenantWebhooksEventTypes() });
  return (
    <CheckGroup legend={w.events} error={fault}>
      {error && <ErrorState error={error} inline />}
      {data?.data.map(({ type, description }) => (
        <Check
          key={type}
          name="event"
          value={type}
          defaultChecked={type.startsWith('job.')}
          label={<span className="font-mono text-13">{type}</span>}
          about={description}
        />
      ))}
    </CheckGroup>
  );
}
