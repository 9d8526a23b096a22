/** The first of the numbers that people of a test have. */
const area = '+1212555';

/** A number whose last two digits decide what the carrier does; `nth` tells those with equal endings apart. */
export function numberEnding(ending: number, nth = 0): string {
  return `${area}${String(nth).padStart(2, '0')}${String(ending).padStart(2, '0')}`;
}

/** So many people who pick up. */
export function whoAnswer(count: number): string[] {
  return Array.from({ length: count }, (_, index) => numberEnding(index % 60, Math.floor(index / 60)));
}

/** A file with a name for each number. */
export function fileOf(numbers: readonly string[]): string {
  const rows = numbers.map((number, index) => `${number},Person ${index + 1}`);
  return ['phone_number,name', ...rows].join('\n') + '\n';
}

/** A file of very many people; its rows go on through the numbers of one area code after another. */
export function crowd(count: number): string {
  return fileOf(Array.from({ length: count }, (_, index) => `+1${212 + Math.floor(index / 1_000_000)}${String(5_000_000 + index)}`));
}
