/** The fields of the retina that a photograph can be centred on. */
export const FIELDS = ['macula', 'disc'] as const;
export type Field = (typeof FIELDS)[number];

/** Which fields of an eye must be gradable before it counts as examined, by the code that a site has chosen. */
const PROTOCOLS: Readonly<Record<string, readonly Field[]>> = {
  'one-macula-field': ['macula'],
  'macula-and-disc': ['macula', 'disc'],
};

/** A code that this version does not know asks for everything: nobody is cleared on less than was meant. */
export function fieldsOf(protocol: string): readonly Field[] {
  return PROTOCOLS[protocol] ?? FIELDS;
}

/** A photograph whose field nobody named counts for the one field that every protocol asks for. */
export function fieldOf(name: string | null): string {
  return name ?? 'macula';
}
