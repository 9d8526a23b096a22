import { NavLink, Outlet } from 'react-router';
import { useSession } from '@/kit';
import { nav } from '@/text/en/settings/nav';
import classes from './SettingsPage.module.css';

const pages = [
  { to: 'telephony', label: nav.pages.telephony },
  { to: 'limits', label: nav.pages.limits },
  { to: 'kyc', label: nav.pages.kyc },
  { to: 'suppressions', label: nav.pages.suppressions },
  { to: 'privacy', label: nav.pages.privacy },
  { to: 'webhooks', label: nav.pages.webhooks },
  { to: 'api-keys', label: nav.pages.keys },
  { to: 'audit-log', label: nav.pages.audit },
];

const operator = { to: 'operator', label: nav.pages.operator };

/** The settings, and the way from one to another. */
export function SettingsPage() {
  const { scope } = useSession();
  return (
    <div className={classes.frame}>
      <nav aria-label={nav.label} className={classes.nav}>
        {[...pages, ...(scope === 'operator' ? [operator] : [])].map(({ to, label }) => (
          <NavLink key={to} to={to} className={classes.page}>
            {label}
          </NavLink>
        ))}
      </nav>
      <div className={classes.content}>
        <Outlet />
      </div>
    </div>
  );
}
