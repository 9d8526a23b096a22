import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

type Value = string | number | boolean | readonly string[];
type Defaults = Readonly<Record<string, Value>>;
/** `page: 1` in the defaults means any number, not only 1. */
type Widened<V> = V extends number ? number : V extends boolean ? boolean : V extends readonly string[] ? readonly string[] : string;
export type UrlState<D extends Defaults> = { [K in keyof D]: Widened<D[K]> };

/**
 * State that lives in the address, so that a link shows the same view:
 * `const [view, setView] = useUrlState({ q: '', status: [], page: 1 })`.
 * What equals its default is left out. `setView` takes what changes; with `{ push: true }` Back undoes
 * it (for what feels like going somewhere, such as opening a panel). `defaults` must be a constant
 * outside of the component.
 */
export function useUrlState<const D extends Defaults>(defaults: D) {
  const [params, setParams] = useSearchParams();
  const state = useMemo(() => readState(defaults, params), [defaults, params]);
  const set = useCallback(
    (change: Partial<UrlState<D>>, options: { push?: boolean } = {}) => {
      // The address itself, not what was drawn last: that may be one change behind, and would undo it.
      const now = new URLSearchParams(window.location.search);
      setParams(writeState(defaults, now, change), { replace: !options.push, preventScrollReset: true });
    },
    [defaults, setParams],
  );
  return [state, set] as const;
}

export function readState<D extends Defaults>(defaults: D, params: URLSearchParams): UrlState<D> {
  const entries = Object.entries(defaults).map(([name, fallback]) => [name, read(params, name, fallback)]);
  return Object.fromEntries(entries) as UrlState<D>;
}

function read(params: URLSearchParams, name: string, fallback: Value): Value {
  const given = params.get(name);
  if (given === null) return fallback;
  if (typeof fallback === 'number') return Number.isFinite(Number(given)) && given !== '' ? Number(given) : fallback;
  if (typeof fallback === 'boolean') return given === 'true';
  if (typeof fallback === 'string') return given;
  return given.split(',').filter((part) => part !== '');
}

export function writeState<D extends Defaults>(defaults: D, params: URLSearchParams, change: Partial<UrlState<D>>): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries(change) as [string, Value | undefined][]) {
    const text = String(value ?? defaults[name]);
    if (text === String(defaults[name])) next.delete(name);
    else next.set(name, text);
  }
  return next;
}
