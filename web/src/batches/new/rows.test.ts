import { expect, it } from 'vitest';
import { spans } from './rows';

it('draws neighbouring rows together', () => {
  expect(spans([2, 3, 4, 5, 9, 11, 12])).toEqual(['2–5', '9', '11, 12']);
  expect(spans([])).toEqual([]);
});
