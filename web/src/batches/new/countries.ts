const notCountries = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);
const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** The countries by name, as options of a select. */
export function countryOptions(): { value: string; label: string }[] {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return letters
    .flatMap((first) => letters.map((second) => first + second))
    .flatMap((code) => {
      // A code of a country that is no more is another one's now.
      if (notCountries.has(code) || new Intl.Locale(`und-${code}`).region !== code) return [];
      const label = names.of(code);
      return label ? [{ value: code, label }] : [];
    })
    .sort((a, b) => a.label.localeCompare(b.label));
}
