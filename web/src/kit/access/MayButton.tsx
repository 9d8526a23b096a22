import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import type { KeyScope } from '@/kit/api';
import { useRefusal } from './scopes';

interface Props extends Omit<ButtonProps, 'disabled'> {
  needs: KeyScope;
  onClick?: () => void;
  type?: 'submit';
  /** Why it cannot be done now, for another reason than the key. */
  refusal?: string | undefined;
  children: ReactNode;
}

/**
 * A button for those who may. For the others it stays where it is and says why it does nothing;
 * it is not `disabled`, because nobody could reach its explanation with the keyboard then.
 */
export function MayButton({ needs, onClick, type, refusal, children, ...button }: Props) {
  const scopeRefusal = useRefusal(needs);
  const why = scopeRefusal ?? refusal;
  return (
    <Tooltip label={why} disabled={why === undefined} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <Button
        {...button}
        type={type && why === undefined ? type : 'button'}
        data-disabled={why !== undefined || undefined}
        aria-disabled={why !== undefined || undefined}
        onClick={why === undefined ? onClick : undefined}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
