import { useEffect, useRef } from 'react';
import { Outlet, ScrollRestoration, useLocation } from 'react-router';
import { app } from '@/text/en/app';
import { Commands } from './Commands';
import { ConnectionBanner } from './ConnectionBanner';
import classes from './Layout.module.css';
import { Sidebar } from './Sidebar';
import { TitleAnnouncer } from './TitleAnnouncer';

/** The frame around every page. */
export function Layout() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const shown = useRef(pathname);

  // Whoever goes to another page by keyboard goes on reading there, not in the sidebar.
  useEffect(() => {
    if (pathname === shown.current) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);

  return (
    <Commands>
      <div className={classes.frame}>
        <a href="#main" className={classes.skip} onClick={() => main.current?.focus()}>
          {app.skip}
        </a>
        <Sidebar />
        <div className={classes.content}>
          <ConnectionBanner />
          <main id="main" ref={main} tabIndex={-1} className={classes.main}>
            <Outlet />
          </main>
        </div>
        <TitleAnnouncer />
        <ScrollRestoration getKey={({ pathname: path }) => path} />
      </div>
    </Commands>
  );
}
