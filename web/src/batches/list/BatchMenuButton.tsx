import { IconDots } from '@tabler/icons-react';
import type { ComponentPropsWithRef } from 'react';
import { actions } from '@/text/en/batches';
import classes from './columns.module.css';

/** What opens the menu of the batch of that name. */
export function BatchMenuButton({ name, ...button }: ComponentPropsWithRef<'button'> & { name: string }) {
  return (
    <button type="button" aria-label={actions.menu(name)} {...button} className={classes.menu}>
      <IconDots size={16} aria-hidden />
    </button>
  );
}
