import type { AttemptView, Moment } from '@/kit/api';
import { calls } from '@/text/en/calls';
import { resultWords } from './facts';

/** Who or what was behind something that happened in a call with these results. */
export function detailOf({ event, detail }: Moment, results: AttemptView['results']): string {
  const text = detail ?? '';
  switch (event) {
    case 'tool': {
      const [name = '', ...rest] = text.split(' ');
      return [calls.tools[name] ?? name, ...rest].join(' ');
    }
    case 'result': {
      const [name = '', ...rest] = text.split(' = ');
      const value = rest.join(' = ');
      return `${name} = ${typeof results[name] === 'boolean' ? resultWords(value === 'true') : value}`;
    }
    case 'digit':
      return text;
    default:
      return calls.momentDetail(text);
  }
}
