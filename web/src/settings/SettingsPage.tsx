import { NavLink, Outlet } from 'react-router';
import { useSession } from '@/kit';
import { nav } from '@/text/en/settings/nav';
import { operatorPage, settingsPages } from './pages';
import classes from './SettingsPage.module.css';

/** The settings, and the way from one to another. */
export function SettingsPage() {
  const { scope } = useSession();
  return (
    <div className={classes.frame}>
      <nav aria-label={nav.label} className={classes.nav}>
        {[...settingsPages, ...(scope === 'operator' ? [operatorPage] : [])].map(({ to, label }) => (
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
