export type { LiveEvent, LiveFact, LiveProgress } from './events';
export { renew } from './hub';
export { patch } from './patch';
export type { LiveState } from './stream';
export { useConnection, useLive } from './useLive';
