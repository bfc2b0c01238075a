// Commas and colons tell nothing that the order does not.
const token = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s{}[\]:,"]+/g;

/** The fields of a text that is JSON, such as `endpoints.own.allow.0`, with the line where each begins. */
export function fieldLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const words = [...text.matchAll(token)];
  let at = 0;
  const child = (path: string, name: string | number): string => {
    const field = path === '' ? `${name}` : `${path}.${name}`;
    lines.set(field, text.slice(0, words[at]?.index).split('\n').length);
    return field;
  };
  const word = () => words[at]?.[0] ?? '';
  const skipValue = (path: string): void => {
    const opening = word();
    at += 1;
    if (opening === '[') for (let index = 0; word() !== ']'; index += 1) skipValue(child(path, index));
    while (opening === '{' && word() !== '}') {
      const field = child(path, JSON.parse(word()));
      at += 1;
      skipValue(field);
    }
    if (opening === '[' || opening === '{') at += 1;
  };
  skipValue('');
  return lines;
}
