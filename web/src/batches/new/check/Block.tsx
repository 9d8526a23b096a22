import { Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './Check.module.css';

interface Props {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}

/** A part of the report under its heading. */
export function Block({ title, aside, children }: Props) {
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Title order={4} className={classes.title}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </div>
  );
}
