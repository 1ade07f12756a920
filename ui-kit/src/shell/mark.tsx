/** A window with the light falling in from the north. */
export const Mark = () => (
  <svg aria-hidden viewBox="0 0 24 24" className="size-6 shrink-0" fill="none">
    <path d="M6.25 6.25h11.5L6.25 17.75z" fill="currentColor" />
    <rect x="3" y="3" width="18" height="18" rx="4" stroke="currentColor" strokeWidth="2" />
  </svg>
);
