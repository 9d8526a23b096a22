export type { LiveEvent, LiveFact, LiveProgress } from './events';
export type { LiveState } from './stream';
export { useConnection, useLive } from './useLive';
