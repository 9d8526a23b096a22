import { useSession } from '@/kit';
import type { KeyScope } from '@/kit/api';
import { parts } from '@/text/en/parts';

/** From the weakest; each scope includes the ones before it. */
export const scopes: readonly KeyScope[] = ['read', 'operate', 'admin', 'operator'];

/** Whether a key of scope `own` may do what needs `needed`. */
export function allows(own: KeyScope, needed: KeyScope): boolean {
  return scopes.indexOf(own) >= scopes.indexOf(needed);
}

/** The scopes that the holder of a key may give to another one. */
export function grantable(own: KeyScope): readonly KeyScope[] {
  if (!allows(own, 'admin')) return [];
  return scopes.filter((scope) => scope !== 'operator' || own === 'operator');
}

/** Why the signed-in key may not do what needs this scope; undefined when it may. */
export function useRefusal(needed: KeyScope): string | undefined {
  const { scope } = useSession();
  return allows(scope, needed) ? undefined : parts.needs(parts.scopes[needed], parts.scopes[scope]);
}
