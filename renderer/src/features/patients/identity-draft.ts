import {
  type DiabetesTreatment,
  type DiabetesType,
  EMPTY_IDENTITY,
  type Identity,
  type PatientLanguage,
  type Sex,
} from '../../../../electron/shared/domain/patients';

/** What stands in the fields while somebody types. */
export interface IdentityDraft {
  name: string;
  /** A year of birth, or an age. */
  year: string;
  sex: Sex | null;
  phone: string;
  village: string;
  language: PatientLanguage | null;
  diabetesType: DiabetesType | null;
  diabetesSince: string;
  diabetesTreatment: DiabetesTreatment | null;
}

export function draftOf(identity: Identity = EMPTY_IDENTITY): IdentityDraft {
  return {
    name: identity.name ?? '',
    year: identity.yearOfBirth === null ? '' : String(identity.yearOfBirth),
    sex: identity.sex,
    phone: identity.phone ?? '',
    village: identity.village ?? '',
    language: identity.language,
    diabetesType: identity.diabetes.type,
    diabetesSince: identity.diabetes.sinceYear === null ? '' : String(identity.diabetes.sinceYear),
    diabetesTreatment: identity.diabetes.treatment,
  };
}

export function identityOf(draft: IdentityDraft, thisYear: number): Identity {
  return {
    name: textOrNull(draft.name),
    yearOfBirth: yearOrNull(draft.year, thisYear),
    sex: draft.sex,
    phone: textOrNull(draft.phone),
    village: textOrNull(draft.village),
    language: draft.language,
    diabetes: { type: draft.diabetesType, sinceYear: yearOrNull(draft.diabetesSince, thisYear), treatment: draft.diabetesTreatment },
  };
}

/** Up to three digits are years ago, four are a year. */
export function yearOrNull(typed: string, thisYear: number): number | null {
  const digits = typed.trim();
  if (!/^\d{1,4}$/.test(digits)) return null;
  return digits.length <= 3 ? thisYear - Number(digits) : Number(digits);
}

function textOrNull(typed: string): string | null {
  const text = typed.trim();
  return text === '' ? null : text;
}
