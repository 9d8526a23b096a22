/**
 * Gathers what comes in and hands it on at most once per `every` milliseconds: the first at once, so
 * that a lone event is seen without delay, the rest together. What is `due` waits for nothing, and
 * takes along what was waiting. `cancel` forgets what is waiting.
 */
export function coalesce<T>(every: number, deliver: (gathered: T[]) => void) {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let soon = false;

  function flush() {
    timer = undefined;
    soon = false;
    if (waiting.length === 0) return;
    const gathered = waiting;
    waiting = [];
    timer = setTimeout(flush, every);
    deliver(gathered);
  }

  return {
    add(item: T, due = false): void {
      waiting.push(item);
      if (soon || (timer !== undefined && !due)) return;
      clearTimeout(timer);
      // A task later, so that events which came in one piece are handed on as one.
      timer = setTimeout(flush, 0);
      soon = true;
    },
    cancel(): void {
      clearTimeout(timer);
      timer = undefined;
      soon = false;
      waiting = [];
    },
  };
}
