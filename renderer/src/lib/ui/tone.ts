/** Kinds of statement; each has its colours in tokens.css and is always shown with an icon and a word. */
export type Tone = 'urgent' | 'refer' | 'unread' | 'incomplete' | 'waiting' | 'accent';
