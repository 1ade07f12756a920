import { ArrowLeftRight, Keyboard, LogOut } from 'lucide-react';
import { buttonClass } from '../components/button.js';
import { Menu, MenuCheck, MenuChoice, MenuItem, MenuLine } from '../components/menu.js';
import { words } from '../strings.js';
import { setAppearance, THEMES, useAppearance } from '../theme.js';
import type { Me } from '../views.js';

interface Props {
  app: 'studio' | 'admin';
  me: Me;
  onKeys: () => void;
  onSignOut: () => void;
}

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part[0]?.toUpperCase() ?? '')
    .join('');

export function AccountMenu({ app, me, onKeys, onSignOut }: Props) {
  const { theme, highContrast } = useAppearance();
  const trigger = (
    <button
      type="button"
      aria-label={`${words.shell.account}: ${me.name}`}
      className={buttonClass('quiet', 'normal', 'w-9 rounded-full! border-line! bg-hover! px-0! text-12! font-semibold text-ink!')}
    >
      {initials(me.name) || '·'}
    </button>
  );
  return (
    <Menu trigger={trigger}>
      <div className="px-2.5 pt-2 pb-1.5">
        <p className="font-semibold">{me.name}</p>
        <p className="text-13 text-ink-soft">{me.email}</p>
        <p className="mt-1 text-12 text-ink-faint">
          {me.tenant.name} · {me.tenant.plan} · {me.role}
        </p>
      </div>
      <MenuLine />
      <MenuChoice
        label={words.shell.appearance}
        value={theme}
        options={THEMES.map((value) => ({ value, label: words.shell.themes[value] }))}
        onChange={(next) => setAppearance({ theme: next })}
      />
      <MenuCheck checked={highContrast} onChange={(on) => setAppearance({ highContrast: on })}>
        {words.shell.highContrast}
      </MenuCheck>
      <MenuLine />
      <MenuItem icon={<ArrowLeftRight aria-hidden className="size-4" />} onSelect={() => location.assign(app === 'studio' ? '/admin/' : '/')}>
        {app === 'studio' ? words.app.toAdmin : words.app.toStudio}
      </MenuItem>
      <MenuItem icon={<Keyboard aria-hidden className="size-4" />} onSelect={() => setTimeout(onKeys)}>
        {words.shell.keys}
      </MenuItem>
      <MenuItem icon={<LogOut aria-hidden className="size-4" />} onSelect={onSignOut}>
        {words.shell.signOut}
      </MenuItem>
    </Menu>
  );
}
