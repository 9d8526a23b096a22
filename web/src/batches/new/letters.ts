/** Encodings that a file may be in, as the API knows them, with what people call them. */
export const encodings: readonly (readonly [name: string, label: string])[] = [
  ['utf-8', 'Unicode (UTF-8)'],
  ['utf-16le', 'Unicode (UTF-16 LE)'],
  ['utf-16be', 'Unicode (UTF-16 BE)'],
  ['windows-1252', 'Western European (Windows-1252)'],
  ['iso-8859-15', 'Western European (ISO-8859-15)'],
  ['macintosh', 'Western European (old Macintosh)'],
  ['windows-1250', 'Central European (Windows-1250)'],
  ['iso-8859-2', 'Central European (ISO-8859-2)'],
  ['iso-8859-3', 'Southern European (ISO-8859-3)'],
  ['windows-1257', 'Baltic (Windows-1257)'],
  ['iso-8859-4', 'Baltic (ISO-8859-4)'],
  ['iso-8859-13', 'Baltic (ISO-8859-13)'],
  ['iso-8859-10', 'Nordic (ISO-8859-10)'],
  ['iso-8859-14', 'Celtic (ISO-8859-14)'],
  ['windows-1254', 'Turkish (Windows-1254)'],
  ['windows-1251', 'Cyrillic (Windows-1251)'],
  ['iso-8859-5', 'Cyrillic (ISO-8859-5)'],
  ['koi8-r', 'Russian (KOI8-R)'],
  ['koi8-u', 'Ukrainian (KOI8-U)'],
  ['ibm866', 'Cyrillic (IBM866)'],
  ['x-mac-cyrillic', 'Cyrillic (old Macintosh)'],
  ['windows-1253', 'Greek (Windows-1253)'],
  ['iso-8859-7', 'Greek (ISO-8859-7)'],
  ['windows-1255', 'Hebrew (Windows-1255)'],
  ['iso-8859-8', 'Hebrew (ISO-8859-8)'],
  ['windows-1256', 'Arabic (Windows-1256)'],
  ['iso-8859-6', 'Arabic (ISO-8859-6)'],
  ['windows-1258', 'Vietnamese (Windows-1258)'],
  ['windows-874', 'Thai (Windows-874)'],
  ['gb18030', 'Chinese, simplified (GB18030)'],
  ['gbk', 'Chinese, simplified (GBK)'],
  ['big5', 'Chinese, traditional (Big5)'],
  ['shift_jis', 'Japanese (Shift_JIS)'],
  ['euc-jp', 'Japanese (EUC-JP)'],
  ['iso-2022-jp', 'Japanese (ISO-2022-JP)'],
  ['euc-kr', 'Korean (EUC-KR)'],
];

/** Bytes that are read at once, and of all at most. */
const pieceBytes = 1 << 20;
const mostBytes = 64 << 20;
/** Bytes that are shown as letters. */
const shownBytes = 16 << 10;
const newline = 0x0a;

/** Whether a byte is no plain ASCII: a letter of an encoding, a half of UTF-16, or the escape of ISO-2022-JP. */
const isTelling = (byte: number) => byte >= 0x80 || byte === 0 || byte === 0x1b;

/** A stretch of a file from the line of its first letter beyond ASCII on; undefined when it has none, or is a workbook. */
export async function tellingPart(file: Blob): Promise<Uint8Array | undefined> {
  for (let from = 0; from < Math.min(file.size, mostBytes); from += pieceBytes) {
    const piece = new Uint8Array(await file.slice(from, from + pieceBytes).arrayBuffer());
    if (from === 0 && piece[0] === 0x50 && piece[1] === 0x4b) return undefined;
    const at = piece.findIndex(isTelling);
    if (at < 0) continue;
    const start = from + piece.lastIndexOf(newline, at) + 1;
    return new Uint8Array(await file.slice(start, start + shownBytes).arrayBuffer());
  }
  return undefined;
}

/** The first lines with letters beyond ASCII, as they read in an encoding. */
export function lettersIn(part: Uint8Array, encoding: string, most = 3): string[] {
  const lines = new TextDecoder(encoding).decode(part).split(/\r\n|\r|\n/);
  const telling = lines.filter((line) => /\P{ASCII}/u.test(line));
  return telling.slice(0, most).map((line) => (line.length > 120 ? `${line.slice(0, 119)}…` : line));
}
