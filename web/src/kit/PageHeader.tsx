import { Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './PageHeader.module.css';
import { useTitle } from './useTitle';

interface Props {
  title: string;
  /** What the browser's tab says, when that is not the title. */
  tabTitle?: string;
  /** Beside the title: a badge. */
  badge?: ReactNode;
  /** Above the title: the way back up. */
  above?: ReactNode;
  /** Below the title: a line about the thing. */
  below?: ReactNode;
  /** At the right: buttons. */
  actions?: ReactNode;
}

/** The head of a page: its one h1, and its name in the browser's tab. */
export function PageHeader({ title, tabTitle, badge, above, below, actions }: Props) {
  useTitle(tabTitle ?? title);
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        {above && <div className={classes.above}>{above}</div>}
        <Group gap="sm" wrap="nowrap">
          <Title order={1} className={classes.title}>
            {title}
          </Title>
          {badge}
        </Group>
        {below && <div className={classes.below}>{below}</div>}
      </div>
      {actions && <Group gap="xs">{actions}</Group>}
    </header>
  );
}
