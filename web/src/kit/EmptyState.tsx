import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './EmptyState.module.css';

interface Props {
  title: string;
  /** What to do first. */
  children?: ReactNode;
  icon?: ReactNode;
  action?: ReactNode;
}

/** Instead of a table with nothing in it. */
export function EmptyState({ title, children, icon, action }: Props) {
  return (
    <Stack className={classes.state} align="center" gap="xs">
      {icon && (
        <div className={classes.icon} aria-hidden>
          {icon}
        </div>
      )}
      <Title order={2}>{title}</Title>
      {children && (
        <Text component="div" className={classes.words}>
          {children}
        </Text>
      )}
      {action && <div className={classes.action}>{action}</div>}
    </Stack>
  );
}
