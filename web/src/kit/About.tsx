import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A line about a page, narrow enough to leave room for the buttons beside it. */
export function About({ children }: { children: ReactNode }) {
  return (
    <Text component="div" inherit maw="30rem" style={{ textWrap: 'pretty' }}>
      {children}
    </Text>
  );
}
