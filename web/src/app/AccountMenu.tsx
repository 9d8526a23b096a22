import { Menu, UnstyledButton } from '@mantine/core';
import { IconApi, IconBook, IconLogout, IconSelector } from '@tabler/icons-react';
import { useSession } from '@/kit/session';
import { app } from '@/text/en/app';
import classes from './Sidebar.module.css';
import { useSignOut } from './useSignOut';

/** Whose workspace this is, what the key may do, and the way out. */
export function AccountMenu() {
  const { workspace, key_id, scope, version } = useSession();
  const signOut = useSignOut();
  return (
    <Menu position="top-start" width={260}>
      <Menu.Target>
        <UnstyledButton className={classes.account} aria-label={app.account.label(workspace.name)}>
          <span className={classes.workspace}>{workspace.name}</span>
          <IconSelector size={15} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {app.account.key(key_id)}
          <br />
          {app.account.scopes[scope]}
          <br />
          {app.account.version(version)}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<IconBook size={16} aria-hidden />} component="a" href="/guide/quickstart.html" target="_blank">
          {app.account.guide}
        </Menu.Item>
        <Menu.Item leftSection={<IconApi size={16} aria-hidden />} component="a" href="/docs/" target="_blank">
          {app.account.apiDocs}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={signOut}>
          {app.account.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
