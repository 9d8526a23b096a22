import { expect, test } from 'vitest';
import { labelOf, layoutLadder, rowHeight } from './layout';

const message = (start_line: string, offset_ms: number, direction = 'sent') => ({ start_line, offset_ms, direction });

test('a request is told by its method, a response by its code and phrase', () => {
  expect(labelOf('INVITE sip:+14155550101@10.0.0.1 SIP/2.0')).toEqual({ label: 'INVITE', tone: 'request' });
  expect(labelOf('SIP/2.0 180 Ringing')).toEqual({ label: '180 Ringing', tone: 'progress' });
  expect(labelOf('SIP/2.0 200 OK').tone).toBe('success');
  expect(labelOf('SIP/2.0 486 Busy Here').tone).toBe('failure');
});

test('a response without a phrase has its code', () => {
  expect(labelOf('SIP/2.0 503').label).toBe('503');
});

test('messages stand one below the other, each on its side', () => {
  const { rungs, height } = layoutLadder([message('INVITE sip:x SIP/2.0', 4), message('SIP/2.0 180 Ringing', 9, 'received')]);
  expect(rungs.map((rung) => rung.sent)).toEqual([true, false]);
  expect((rungs[1]?.y ?? 0) - (rungs[0]?.y ?? 0)).toBe(rowHeight);
  expect(height).toBeGreaterThan((rungs[1]?.top ?? 0) + rowHeight);
});

test('a long silence takes room and is told', () => {
  const { rungs } = layoutLadder([message('ACK sip:x SIP/2.0', 900), message('BYE sip:x SIP/2.0', 16_050)]);
  expect(rungs[0]?.pause).toBeUndefined();
  expect(rungs[1]?.pause).toBe(15_150);
  expect((rungs[1]?.top ?? 0) - (rungs[0]?.top ?? 0)).toBeGreaterThan(rowHeight);
});
