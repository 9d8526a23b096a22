/** The bell tower. */
export function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="7" fill="var(--mantine-color-accent-7)" />
      <path d="M16 5 9 11v3h14v-3zM11 16v11h3v-4a2 2 0 0 1 4 0v4h3V16z" fill="#fff" />
    </svg>
  );
}
