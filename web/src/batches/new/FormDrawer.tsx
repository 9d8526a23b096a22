import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { form as text } from '@/text/en/newBatch';
import classes from './FormDrawer.module.css';
import { useCloseDrawer } from './useCloseDrawer';

interface Props {
  title: string;
  /** The search parameter that has opened it. */
  parameter: 'new' | 'edit';
  children: ReactNode;
}

/** The drawer at the right; closing it is a navigation, so that it can be asked whether to. */
export function FormDrawer({ title, parameter, children }: Props) {
  const close = useCloseDrawer(parameter);
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="44rem"
      title={title}
      closeButtonProps={{ 'aria-label': text.close }}
      classNames={classes}
    >
      {children}
    </Drawer>
  );
}
