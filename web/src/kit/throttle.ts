/**
 * Runs `work` at most once per `every` milliseconds: the first call at once, those that come sooner
 * as one at the end of the wait.
 */
export function throttle(every: number, work: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = false;

  function run() {
    asked = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (asked) run();
    }, every);
    work();
  }

  return {
    ask(): void {
      if (timer === undefined) run();
      else asked = true;
    },
    cancel(): void {
      clearTimeout(timer);
      timer = undefined;
      asked = false;
    },
  };
}
