import { Share, type Asked } from './share';

/**
 * The script of the shared worker. A browser keeps six connections to a server, for all of its tabs
 * together: were each tab to hold a stream of its own, six of them would leave none to work with.
 */
const share = new Share('/v1/events');

globalThis.addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<Asked>) => share.hear(port, data);
});
