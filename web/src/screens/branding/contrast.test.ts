import { expect, it } from 'vitest';
import { CONTRAST_MIN, contrastOnWhite } from './contrast';

it('draws the line where the API draws it', () => {
  expect(contrastOnWhite('#000000')).toBeCloseTo(21);
  expect(contrastOnWhite('#ffffff')).toBeCloseTo(1);
  // The two grays on either side of the limit.
  expect(contrastOnWhite('#767676')).toBeGreaterThanOrEqual(CONTRAST_MIN);
  expect(contrastOnWhite('#777777')).toBeLessThan(CONTRAST_MIN);
  for (const none of ['', '#12345', '123456', 'red', '#ggg000'])
    expect(contrastOnWhite(none)).toBeUndefined();
});
