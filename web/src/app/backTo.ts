/** A place within the dashboard to go to after signing in; anything else is its first page. */
export function backTo(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/';
}
