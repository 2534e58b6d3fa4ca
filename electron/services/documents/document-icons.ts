/** Our own line drawings for paper, 24 x 24; a hand that cannot read sees what to do. */
export const ICON_PATHS = {
  /** An eye with an exclamation mark beside it. */
  now: 'M1.5 13c3-4.5 6-6.5 9-6.5s6 2 9 6.5c-3 4.5-6 6.5-9 6.5s-6-2-9-6.5zM10.5 16a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM21.5 3v8M21.5 14v.6',
  /** A person with a stethoscope. */
  doctor:
    'M12 10.5a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6zM4 21c.5-4.6 3.6-7 8-7s7.5 2.4 8 7M9 14.4v3.1a2 2 0 0 0 4 0M16 16.6a1 1 0 1 0 0 2 1 1 0 0 0 0-2z',
  /** A calendar. */
  calendar: 'M4 5.5h16v14.5H4zM4 10h16M8 3v4M16 3v4M8.5 14.5l2.3 2.5 4.7-5',
  camera: 'M3.5 8h4L9 5.5h6L16.5 8h4v11h-17zM12 16.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6z',
  /** A telephone. */
  phone:
    'M6 3.5h3.5l1.6 4.3-2.2 1.6c1 2.2 2.6 3.8 4.8 4.8l1.6-2.2 4.3 1.6V17c0 2-1.5 3.5-3.5 3.3C9.5 19.700 4.300 14.500 3.700 7.900 3.600 5.600 4.500 3.500 6 3.500z',
} as const;
