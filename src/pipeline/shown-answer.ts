/** So many characters of what a tool gave are shown to the model that called it. */
export const SHOWN_CHARACTERS_MAX = 64 * 1024;
/** The most that these can be in UTF-8. */
export const SHOWN_BYTES_MAX = 3 * SHOWN_CHARACTERS_MAX;
