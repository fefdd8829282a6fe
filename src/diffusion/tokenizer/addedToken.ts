/** A token found in the text as a whole, before any word is cut; fields as in `tokenizer.json`. */
export interface AddedToken {
  content: string;
  /** Only where no letter, digit or underscore touches it. */
  singleWord: boolean;
  /** Takes the white space before it along. */
  leftStrip: boolean;
  /** Takes the white space after it along. */
  rightStrip: boolean;
  /** Sought in the normalized text, in its normalized form: `<Moji>` then finds `<MOJI>`, too. */
  normalized: boolean;
  special: boolean;
}

/** A token with the reference's defaults: special tokens are sought in the text as written, others after normalizing. */
export function makeAddedToken(
  content: string,
  flags: Partial<Omit<AddedToken, 'content'>> = {},
): AddedToken {
  const special = flags.special ?? false;
  return {
    content,
    singleWord: flags.singleWord ?? false,
    leftStrip: flags.leftStrip ?? false,
    rightStrip: flags.rightStrip ?? false,
    normalized: flags.normalized ?? !special,
    special,
  };
}

export const isSameToken = (a: AddedToken, b: AddedToken): boolean =>
  a.content === b.content &&
  a.singleWord === b.singleWord &&
  a.leftStrip === b.leftStrip &&
  a.rightStrip === b.rightStrip &&
  a.normalized === b.normalized &&
  a.special === b.special;
