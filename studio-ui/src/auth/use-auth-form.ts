import { type FieldFault, faultsByField, meQuery, type Problem, toProblem } from '@atelier/ui-kit';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';

type Values = Record<string, string>;

interface AuthForm {
  ref: React.RefObject<HTMLFormElement | null>;
  fields: Record<string, FieldFault>;
  /** A refusal that belongs to no field. */
  problem: Problem | null;
  busy: boolean;
  submit: (event: FormEvent<HTMLFormElement>) => void;
}

/** Checks what is missing, sends, ties refusals to fields and moves the focus to the first of them; then goes where one wanted to go. */
export function useAuthForm(
  names: readonly string[],
  required: Record<string, FieldFault>,
  send: (values: Values) => Promise<unknown>,
  next: string | undefined,
): AuthForm {
  const ref = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [missing, setMissing] = useState<Record<string, FieldFault>>({});
  const focus = (faulty: Record<string, FieldFault>): void => {
    const first = names.find((name) => faulty[name]);
    ref.current?.querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
  };
  const { mutate, error, isPending, reset } = useMutation({
    mutationFn: send,
    onError: (cause) => focus(faultsByField(toProblem(cause), names).fields),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      // Another app of this house is another page; within this one the router goes.
      if (next?.startsWith('/admin')) location.assign(next);
      else await navigate({ href: next ?? '/' });
    },
  });
  const problem = error ? toProblem(error) : null;
  const { fields } = faultsByField(problem, names);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const values = Object.fromEntries(
      [...new FormData(event.currentTarget)].map(([name, value]) => [name, name === 'password' ? String(value) : String(value).trim()]),
    );
    const found = Object.fromEntries(Object.entries(required).filter(([name]) => !values[name]));
    setMissing(found);
    reset();
    if (Object.keys(found).length > 0) focus(found);
    else mutate(values);
  };
  return { ref, fields: { ...fields, ...missing }, problem: problem && Object.keys(fields).length === 0 ? problem : null, busy: isPending, submit };
}
