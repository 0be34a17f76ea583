/** Words in texts. */
const isWordCode = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 48 && code <= 57);

/** Offsets of a word in a range of text. */
export const wordOffsets = (text: string, word: string, start: number, end: number): readonly number[] => {
  const found: number[] = [];
  if (word === '') return found;
  for (let at = text.indexOf(word, start); at >= 0 && at < end; at = text.indexOf(word, at + word.length)) {
    const after = at + word.length;
    if (isWordCode(text.charCodeAt(at - 1)) || isWordCode(text.charCodeAt(after))) continue;
    found.push(at);
  }
  return found;
};

/** True when the text holds the word. */
export const hasWord = (text: string, word: string): boolean => {
  if (word === '') return false;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isWordCode(text.charCodeAt(at - 1)) && !isWordCode(text.charCodeAt(at + word.length))) return true;
  }
  return false;
};
