const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** The size of a file for reading: 24 kB. */
export function fileSize(bytes: number): string {
  const place = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = units[place] ?? 'byte';
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: place === 0 ? 'long' : 'short', maximumFractionDigits: place > 1 ? 1 : 0 }).format(bytes / 1000 ** place);
}
