import { expect, it } from 'vitest';
import { rejectionsCsv, spans } from './rows';

it('draws neighbouring rows together', () => {
  expect(spans([2, 3, 4, 5, 9, 11, 12])).toEqual(['2–5', '9', '11, 12']);
  expect(spans([])).toEqual([]);
});

it('writes rejected rows in the order of the file, with quotes where a comma needs them', () => {
  const csv = rejectionsCsv([
    { reason: 'missing_number', label: 'Number missing', help: 'Fill in phone_number, or delete the row.', count: 2, rows: [7, 9] },
    { reason: 'malformed_number', label: 'Number "malformed"', help: 'Write one.', count: 1, rows: [8] },
  ]);
  expect(csv).toBe(
    'row,reason,label,help\r\n' +
      '7,missing_number,Number missing,"Fill in phone_number, or delete the row."\r\n' +
      '8,malformed_number,"Number ""malformed""",Write one.\r\n' +
      '9,missing_number,Number missing,"Fill in phone_number, or delete the row."\r\n',
  );
});
