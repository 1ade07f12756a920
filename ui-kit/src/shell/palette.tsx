import { Command } from 'cmdk';
import { Contrast, Keyboard, LogOut, type LucideIcon, Play } from 'lucide-react';
import { Dialog } from '../components/dialog.js';
import { spellKeys } from '../shortcuts.js';
import { words } from '../strings.js';
import { setAppearance, THEMES } from '../theme.js';
import { useAppRouter } from './link.js';
import type { Action, Page } from './shell.js';

interface Props {
  onClose: () => void;
  pages: readonly Page[];
  actions: readonly Action[];
  onKeys: () => void;
  onSignOut: () => void;
}

/** Every page and action by name. Its own chunk: loaded when first opened. */
export default function Palette({ onClose, pages, actions, onKeys, onSignOut }: Props) {
  const { go } = useAppRouter();
  const then = (run: () => void) => () => {
    onClose();
    run();
  };
  return (
    <Dialog open onClose={onClose} title={words.palette.title} hideTitle place="top">
      <Command label={words.palette.title} loop>
        <Command.Input
          data-autofocus
          placeholder={words.palette.placeholder}
          className="h-12 w-full border-b border-line bg-transparent px-4 text-16 outline-none"
        />
        <Command.List className="max-h-80 overflow-y-auto p-2" label={words.palette.title}>
          <Command.Empty className="px-3 py-8 text-center text-ink-soft">{words.palette.none}</Command.Empty>
          <Group heading={words.palette.pages}>
            {pages.map(({ to, label, icon, keys, keywords }) => (
              <Item key={to} icon={icon} label={label} keys={keys} keywords={keywords} onSelect={then(() => go(to))} />
            ))}
          </Group>
          <Group heading={words.palette.actions}>
            {actions.map(({ id, label, keys, keywords, run }) => (
              <Item key={id} icon={Play} label={label} keys={keys} keywords={keywords} onSelect={then(run)} />
            ))}
            {THEMES.map((theme) => (
              <Item
                key={theme}
                icon={Contrast}
                label={`${words.shell.appearance}: ${words.shell.themes[theme]}`}
                keywords="theme"
                onSelect={then(() => setAppearance({ theme }))}
              />
            ))}
            <Item icon={Keyboard} label={words.shell.keys} keys="?" onSelect={then(onKeys)} />
            <Item icon={LogOut} label={words.shell.signOut} keywords="log out leave" onSelect={then(onSignOut)} />
          </Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}

const Group = ({ heading, children }: { heading: string; children: React.ReactNode }) => (
  <Command.Group
    heading={heading}
    className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-ink-faint"
  >
    {children}
  </Command.Group>
);

function Item({ icon: Icon, label, keys, keywords, onSelect }: { icon: LucideIcon; label: string; keys?: string; keywords?: string; onSelect: () => void }) {
  return (
    <Command.Item
      value={label}
      keywords={keywords?.split(' ')}
      onSelect={onSelect}
      className="flex h-9 cursor-default items-center gap-3 rounded-small px-3 data-[selected=true]:bg-hover"
    >
      <Icon aria-hidden className="size-4 text-ink-faint" />
      <span className="flex-1">{label}</span>
      {keys && <kbd className="font-sans text-12 text-ink-faint">{spellKeys(keys).join(' ')}</kbd>}
    </Command.Item>
  );
}
