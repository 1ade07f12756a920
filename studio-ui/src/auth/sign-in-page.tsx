import { Button, ErrorState, Field, Input, studioWords } from '@atelier/ui-kit';
import { postAuthLogin } from '@atelier/ui-kit/client';
import { Link, useSearch } from '@tanstack/react-router';
import { AuthFrame } from './auth-frame.js';
import { PasswordField } from './password-field.js';
import { useAuthForm } from './use-auth-form.js';

const w = studioWords.auth;
const REQUIRED = {
  email: { pointer: '/email', code: 'missing', message: w.required.email, fix: w.requiredFix.email },
  password: { pointer: '/password', code: 'missing', message: w.required.password, fix: w.requiredFix.password },
};

export default function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const { ref, fields, problem, busy, submit } = useAuthForm(
    ['email', 'password'],
    REQUIRED,
    ({ email = '', password = '' }) => postAuthLogin({ body: { email, password } }),
    next,
  );
  return (
    <AuthFrame
      title={w.signInTitle}
      other={
        <>
          {w.noAccount}{' '}
          <Link to="/sign-up" search={{ next }} className="font-semibold text-ink underline underline-offset-4">
            {w.signUp}
          </Link>
        </>
      }
    >
      <form ref={ref} onSubmit={submit} noValidate className="flex flex-col gap-4">
        {problem && <ErrorState error={problem} inline />}
        <Field label={w.email} error={fields.email}>
          {(ids) => <Input {...ids} name="email" type="email" autoComplete="username" inputMode="email" autoFocus className="h-10" />}
        </Field>
        <PasswordField isNew={false} error={fields.password} />
        <Button type="submit" kind="main" className="mt-2 h-10!" busy={busy}>
          {w.signIn}
        </Button>
      </form>
    </AuthFrame>
  );
}
