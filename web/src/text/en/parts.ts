/** Texts of the pieces that agents, phone numbers and settings share. */
export const parts = {
  scopes: { read: 'read', operate: 'operate', admin: 'admin', operator: 'operator' },
  needs: (needed: string, own: string) => `This needs a key of scope ${needed}. Yours has scope ${own}.`,
  locked: 'Not for this key',
  form: { cancel: 'Cancel' },
  secret: {
    once: 'This is shown only once. Keep it where your secrets are before you close this.',
    done: 'I have kept it',
    copy: 'Copy the secret',
  },
  actions: 'Actions',
  rowMenu: (name: string) => `Actions for ${name}`,
  more: 'Show more',
  changes: { before: 'Before', after: 'After', field: 'Setting', none: 'Nothing is different.' },
  diff: { removed: 'removed', added: 'added' },
} as const;
