import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { words } from '../strings.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { ErrorState } from './states.js';

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  text: string;
  verb: string;
  danger?: boolean;
  /** What the verb does; its error stays in the dialog. */
  action: UseMutationResult<unknown, Error, void>;
  children?: ReactNode;
}

/** Asks before what cannot be taken back. The caller closes it in the mutation's `onSuccess`. */
export function ConfirmDialog({ open, onClose, title, text, verb, danger = true, action, children }: Props) {
  const close = (): void => {
    action.reset();
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      description={text}
      footer={
        <>
          <Button data-autofocus onClick={close}>
            {words.action.cancel}
          </Button>
          <Button kind={danger ? 'danger' : 'main'} busy={action.isPending} onClick={() => action.mutate()}>
            {verb}
          </Button>
        </>
      }
    >
      {children}
      {action.error && <ErrorState error={action.error} inline />}
    </Dialog>
  );
}
