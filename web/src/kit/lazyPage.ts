import type { ComponentType } from 'react';

/** A route's page that is loaded when it is first opened: `{ path: 'calls', ...lazyPage(async () => (await import('.')).CallListPage) }`. */
export function lazyPage(load: () => Promise<ComponentType>) {
  return { lazy: async () => ({ Component: await load() }) };
}
