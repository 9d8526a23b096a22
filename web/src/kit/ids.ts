/** Whether a text may be the identity of a thing of a kind, such as `batch_k7d20xv9m41qa`, or `batch_12` as it once was. */
export function isId(kind: string, text: string): boolean {
  return text.startsWith(`${kind}_`) && /^(\d{1,18}|[a-hjkmnp-s][0-9a-hjkmnp-tv-z]{12})$/.test(text.slice(kind.length + 1));
}

/** Whether a text is the ID of a call, as it stands in reports and on its page. */
export function isCallId(text: string): boolean {
  return /^[0-9a-f]{16}-[0-9a-z]+$/.test(text);
}
