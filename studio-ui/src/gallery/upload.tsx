import { type AssetView, Button, type ButtonProps, type Problem, toProblem } from '@atelier/ui-kit';
import { postAssets } from '@atelier/ui-kit/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, useRef } from 'react';

export const ACCEPTED = { image: 'image/png,image/jpeg,image/webp', video: 'video/mp4,video/webm' };
const ALL = Object.values(ACCEPTED).join(',');

/** One file after the other, so that a refusal names its file and the ones before it are kept. */
export function useUpload(onDone: (assets: AssetView[]) => void): { upload: (files: File[]) => void; busy: boolean; count: number; problem: Problem | null } {
  const queries = useQueryClient();
  const { mutate, isPending, variables, error } = useMutation({
    mutationFn: async (files: File[]) => {
      const done: AssetView[] = [];
      for (const file of files) done.push(await postAssets({ body: { file } }));
      return done;
    },
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: ['assets'] }),
  });
  const upload = (files: File[]): void => {
    if (files.length > 0) mutate(files);
  };
  return { upload, busy: isPending, count: variables?.length ?? 0, problem: error ? toProblem(error) : null };
}

/** A button that opens the file list; the input itself is not reached by keyboard, the button is. */
export function UploadButton({ onFiles, accept = ALL, ...rest }: ButtonProps & { accept?: string; onFiles: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const take = (event: ChangeEvent<HTMLInputElement>): void => {
    onFiles([...(event.target.files ?? [])]);
    event.target.value = '';
  };
  return (
    <>
      <Button {...rest} onClick={() => input.current?.click()} />
      <input ref={input} type="file" accept={accept} multiple hidden onChange={take} />
    </>
  );
}
