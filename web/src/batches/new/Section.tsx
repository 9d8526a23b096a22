import { Stack, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import classes from './Form.module.css';

/** A part of the form under its heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <Title order={3} id={id} className={classes.sectionTitle}>
        {title}
      </Title>
      <Stack gap="sm">{children}</Stack>
    </section>
  );
}
