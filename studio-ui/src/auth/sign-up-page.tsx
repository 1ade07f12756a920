import { Button, ErrorState, Field, Input, studioWords } from '@atelier/ui-kit';
import { postAuthRegister } from '@atelier/ui-kit/client';
import { Link, useSearch } from '@tanstack/react-router';
import { AuthFrame } from './auth-frame.js';
import { PasswordField } from './password-field.js';
import { useAuthForm } from './use-auth-form.js';

const w = studioWords.auth;
const missing = (name: 'name' | 'email' | 'password') => ({ pointer: `/${name}`, code: 'missing', message: w.required[name], fix: w.requiredFix[name] });
const REQUIRED = { name: missing('name'), email: missing('email'), password: missing('password') };

const register = ({ name = '', email = '', password = '', tenantName }: Record<string, string>) =>
  postAuthRegister({ body: { name, email, password, ...(tenantName && { tenantName }) } });

export default function SignUpPage() {
  const { next } = useSearch({ from: '/sign-up' });
  const { ref, fields, problem, busy, submit } = useAuthForm(['name', 'email', 'password', 'tenantName'], REQUIRED, register, next);
  return (
    <AuthFrame
      title={w.signUpTitle}
      about={w.signUpAbout}
      other={
        <>
          {w.haveAccount}{' '}
          <Link to="/sign-in" search={{ next }} className="font-semibold text-ink underline underline-offset-4">
            {w.signIn}
          </Link>
        </>
      }
    >
      <form ref={ref} onSubmit={submit} noValidate className="flex flex-col gap-4">
        {problem && <ErrorState error={problem} inline />}
        <Field label={w.name} error={fields.name}>
          {(ids) => <Input {...ids} name="name" autoComplete="name" autoFocus className="h-10" />}
        </Field>
        <Field label={w.email} error={fields.email}>
          {(ids) => <Input {...ids} name="email" type="email" autoComplete="email" inputMode="email" className="h-10" />}
        </Field>
        <PasswordField isNew error={fields.password} />
        <Field label={w.tenantName} hint={w.tenantNameHint} error={fields.tenantName}>
          {(ids) => <Input {...ids} name="tenantName" autoComplete="organization" className="h-10" />}
        </Field>
        <Button type="submit" kind="main" className="mt-2 h-10!" busy={busy}>
          {w.signUp}
        </Button>
      </form>
    </AuthFrame>
  );
}
