import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { NavLink } from 'react-router';
import { api, ok } from '@/kit/api';
import { app } from '@/text/en/app';
import { pages } from './pages';
import classes from './Sidebar.module.css';
import { ThemeSwitch } from './ThemeSwitch';

/** Where one is and where one can go. */
export function Sidebar() {
  const { data: workspace } = useQuery({ queryKey: ['workspace'], queryFn: () => ok(api.GET('/v1/workspace')) });
  return (
    <aside className={classes.sidebar}>
      <div className={classes.name}>
        <Text fw={600}>{app.name}</Text>
        <Text size="xs" c="var(--text-quiet)" truncate>
          {workspace?.name ?? ' '}
        </Text>
      </div>
      <nav aria-label={app.navigation} className={classes.pages}>
        {pages.map(({ to, label, icon: Icon }) => (
          <NavLink key={to} to={to} className={classes.page}>
            <Icon size={17} stroke={1.7} aria-hidden />
            {label}
          </NavLink>
        ))}
      </nav>
      <ThemeSwitch />
    </aside>
  );
}
