export type { LiveEvent, LiveFact, LiveProgress } from './events';
export type { LiveState } from './stream';
export { livePath, useConnection, useLive } from './useLive';
