/** Words of the server without the names of API fields in brackets: on the page the fields have labels. */
export function withoutFieldNames(words: string): string {
  return words.replace(/ \((?:phone_column|header_row|column_map|default_country)\)/g, '');
}
