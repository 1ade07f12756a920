import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { words } from '../strings.js';
import { Button, type ButtonKind, type ButtonSize, IconButton } from './button.js';

interface Props {
  text: string;
  label?: string;
  iconOnly?: boolean;
  kind?: ButtonKind;
  size?: ButtonSize;
}

export function CopyButton({ text, label = words.action.copy, iconOnly = false, kind, size = 'small' }: Props) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  const icon = copied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />;
  return (
    <>
      {iconOnly ? (
        <IconButton label={label} icon={icon} size={size} kind={kind} onClick={copy} />
      ) : (
        <Button icon={icon} size={size} kind={kind} onClick={copy}>
          {copied ? words.action.copied : label}
        </Button>
      )}
      <span role="status" className="sr-only">
        {copied ? words.action.copied : ''}
      </span>
    </>
  );
}
