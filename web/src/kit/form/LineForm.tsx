import type { ReactNode } from 'react';
import { ErrorState } from '@/kit';
import type { FieldErrors, KeyScope } from '@/kit/api';
import classes from './LineForm.module.css';
import { MayButton } from '../access/MayButton';

interface Props {
  /** The scope that saving needs. */
  needs: KeyScope;
  save: string;
  onSave: () => void;
  busy: boolean;
  error: Error | null;
  /** Mistakes that no field shows. */
  rest: FieldErrors['rest'];
  /** The field. */
  children: ReactNode;
}

/** A field with a button beside it that saves it. */
export function LineForm({ needs, save, onSave, busy, error, rest, children }: Props) {
  return (
    <>
      {error && <ErrorState error={error} mistakes={rest} />}
      <form
        noValidate
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        {children}
        <MayButton needs={needs} type="submit" loading={busy}>
          {save}
        </MayButton>
      </form>
    </>
  );
}
