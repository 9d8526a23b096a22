import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { IconMenu2, IconSearch, IconX } from '@tabler/icons-react';
import { use, useState } from 'react';
import { NavLink } from 'react-router';
import { app } from '@/text/en/app';
import { AccountMenu } from './AccountMenu';
import { CommandsContext } from './commandsContext';
import { Mark } from './Mark';
import { pages } from './pages';
import classes from './Sidebar.module.css';
import { ThemeSwitch } from './ThemeSwitch';

/** Where one is and where one can go. On a narrow screen it is a bar that opens. */
export function Sidebar() {
  const openPalette = use(CommandsContext);
  const [opened, setOpened] = useState(false);
  return (
    <aside aria-label={app.sidebar} className={classes.sidebar} data-opened={opened || undefined}>
      <div className={classes.name}>
        <Mark />
        {app.name}
        <ActionIcon
          className={classes.burger}
          variant="subtle"
          color="gray"
          size="lg"
          aria-expanded={opened}
          aria-label={opened ? app.menu.close : app.menu.open}
          onClick={() => setOpened(!opened)}
        >
          {opened ? <IconX size={20} /> : <IconMenu2 size={20} />}
        </ActionIcon>
      </div>
      <UnstyledButton className={classes.search} onClick={openPalette}>
        <IconSearch size={15} aria-hidden />
        <span>{app.palette.open}</span>
        <Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      <nav aria-label={app.navigation} className={classes.pages}>
        {pages.map(({ to, label, icon: Icon }) => (
          <NavLink key={to} to={to} className={classes.page} onClick={() => setOpened(false)}>
            <Icon size={17} stroke={1.7} aria-hidden />
            {label}
          </NavLink>
        ))}
      </nav>
      <div className={classes.foot}>
        <ThemeSwitch />
        <AccountMenu />
      </div>
    </aside>
  );
}
