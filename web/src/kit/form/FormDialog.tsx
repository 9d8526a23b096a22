import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorState } from '@/kit';
import type { FieldErrors } from '@/kit/api';
import { parts } from '@/text/en/parts';

interface Props {
  title: string;
  onClose: () => void;
  /** The verb of the button that submits. */
  submit: string;
  busy: boolean;
  error: unknown;
  /** Mistakes that stand beside no field. */
  rest?: FieldErrors['rest'];
  onSubmit: () => void;
  /** At the left of the buttons. */
  aside?: ReactNode;
  size?: string;
  children: ReactNode;
}

/** A form in a dialog. Mount it when it is to be filled in, so that it begins with what is there. */
export function FormDialog({ title, onClose, submit, busy, error, rest, onSubmit, aside, size = 'md', children }: Props) {
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <Stack gap="md">
          {error !== null && <ErrorState error={error} {...(rest ? { mistakes: rest } : {})} />}
          {children}
          <Group gap="xs" justify="flex-end">
            {aside}
            <Button variant="default" onClick={onClose}>
              {parts.form.cancel}
            </Button>
            <Button type="submit" loading={busy}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
