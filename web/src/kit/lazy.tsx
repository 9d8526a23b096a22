import { lazy, Suspense, type ComponentType } from 'react';
import { NotLoaded } from './NotLoaded';

/** A page's code did not come: the connection is lost, or a newer version is on the server. */
export class PageNotLoaded extends Error {}

/** A route's page that is loaded when it is first opened: `{ path: 'calls', ...lazyPage(async () => (await import('.')).CallListPage) }`. */
export function lazyPage(load: () => Promise<ComponentType>) {
  return {
    lazy: async () => ({
      Component: await load().catch((cause: unknown) => {
        throw new PageNotLoaded('The code of this page could not be loaded.', { cause });
      }),
    }),
  };
}

/**
 * A part of a page that is loaded when it is first drawn, with `Meanwhile` in its place. When it does
 * not come, that is said there and the rest of the page goes on.
 */
export function lazyPart<Props extends object>(load: () => Promise<ComponentType<Props>>, Meanwhile?: ComponentType<Props>): ComponentType<Props> {
  const Loaded = lazy<ComponentType<Props>>(async () => ({ default: await load().catch(() => NotLoaded) }));
  return function Part(props: Props) {
    return (
      <Suspense fallback={Meanwhile && <Meanwhile {...props} />}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}
