import { Outlet, ScrollRestoration } from 'react-router';
import { app } from '@/text/en/app';
import classes from './Layout.module.css';
import { Sidebar } from './Sidebar';

/** The frame around every page. */
export function Layout() {
  return (
    <div className={classes.frame}>
      <a href="#main" className={classes.skip}>
        {app.skip}
      </a>
      <Sidebar />
      <main id="main" tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </div>
  );
}
