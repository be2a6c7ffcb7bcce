/** Tokens that a provider adds to what is rendered: roles, the wrapping of a schema. */
export const WRAPPING_TOKENS = 200;
/** No vendor counts more for one picture at the detail that is asked for here. */
export const IMAGE_TOKENS_MAX = 5000;
/** A model that is asked once more is told what was wrong with its answer, in no more bytes, and so tokens, than these. */
export const COMPLAINT_TOKENS_MAX = 600;
