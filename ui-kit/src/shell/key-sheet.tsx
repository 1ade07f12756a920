import { Dialog } from '../components/dialog.js';
import { Switch } from '../components/switch.js';
import { type Shortcut, spellKeys } from '../shortcuts.js';
import { words } from '../strings.js';

interface Props {
  open: boolean;
  onClose: () => void;
  shortcuts: readonly Shortcut[];
  single: boolean;
  onSingle: (on: boolean) => void;
}

export function KeySheet({ open, onClose, shortcuts, single, onSingle }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={words.keys.title}>
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-6 gap-y-2">
        {shortcuts.map(({ keys, label }) => (
          <div key={keys} className="contents">
            <dt>{label}</dt>
            <dd className="flex items-center gap-1">
              {spellKeys(keys).map((key, index) => (
                <kbd key={index} className="min-w-6 rounded-small border border-line bg-sunk px-1.5 py-0.5 text-center font-sans text-12">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <div className="mt-5 border-t border-line pt-4">
        <Switch label={words.keys.single} hint={words.keys.singleHint} checked={single} onChange={onSingle} />
      </div>
    </Dialog>
  );
}
