import { Field, type FieldFault, IconButton, Input, studioWords } from '@atelier/ui-kit';
import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';

const w = studioWords.auth;

export function PasswordField({ isNew, error }: { isNew: boolean; error?: FieldFault }) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field label={w.password} hint={isNew ? w.passwordHint : undefined} error={error}>
      {(ids) => (
        <div className="relative">
          <Input
            {...ids}
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete={isNew ? 'new-password' : 'current-password'}
            className="h-10 pr-11"
          />
          <IconButton
            label={shown ? w.hidePassword : w.showPassword}
            icon={<Icon aria-hidden className="size-4" />}
            size="small"
            className="absolute! top-1.5 right-1.5"
            onClick={() => setShown(!shown)}
          />
        </div>
      )}
    </Field>
  );
}
