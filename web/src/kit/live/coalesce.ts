/**
 * Gathers what comes in and hands it on at most once per `every` milliseconds: the first at once, so
 * that a lone event is seen without delay, the rest together. `cancel` forgets what is waiting.
 */
export function coalesce<T>(every: number, deliver: (gathered: T[]) => void) {
  let waiting: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function flush() {
    timer = undefined;
    if (waiting.length === 0) return;
    const gathered = waiting;
    waiting = [];
    timer = setTimeout(flush, every);
    deliver(gathered);
  }

  return {
    add(item: T): void {
      waiting.push(item);
      // A task later, so that events which came in one piece are handed on as one.
      timer ??= setTimeout(flush, 0);
    },
    cancel(): void {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
