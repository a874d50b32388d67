/** What must never come out, each in the place where the product is given it, and long enough never to be there by chance. */

/** Keys of the sample's connections; the first and the last could be ids of their platforms, which is a trap of its own. */
export const KEYS = {
  bryterKey: 'Kb7QmZx2Vw9TfLp4Rs8Ny3Hd',
  smartFlowsKey: `sf"Key'7+<&>\\%41/9Lm2Rt5Vw8`,
  phixflowToken: 'px~Tok:en?4+Zq8Wn6Bc1Xy==',
  robotPassword: 'r0b"Pass\\w0rd &7/9317xQ',
  invisionKey: 'iv-Key_91.QwErTy5uIoPa7z',
} as const;

/** What the robots' platform gives at its login. */
export const SESSION_TOKEN = 'tok-Zm9vYmFyQx7.Lw2Vn8Kp4';

/** What nobody could send as a header. */
export const BROKEN_KEYS = {
  keyWithLineBreak: 'bk-5Tg7Yh2Uj8\r\nx-evil: Ik3Ol9',
  keyInPlaceOfName: 'nk-8Wq2Er5Ty7Ui1Op4As6Df',
} as const;

export const SECRETS = {
  'errand/sample-bryter': { apiKey: KEYS.bryterKey },
  'errand/sample-smart-flows': { apiKey: KEYS.smartFlowsKey },
  'errand/sample-phixflow': { apiKey: KEYS.phixflowToken },
  'errand/sample-assist-edge': { username: 'svc-errand', password: KEYS.robotPassword },
  'errand/sample-invision': { apiKey: KEYS.invisionKey },
  'errand/line-break': { apiKey: BROKEN_KEYS.keyWithLineBreak },
  'errand/misnamed': { [BROKEN_KEYS.keyInPlaceOfName]: '' },
};

/** Sensitive parameters, by the names of the flows below. */
export const SENSITIVE = {
  email: 'Canary.Person+7@example.com',
  note: 'Zeile "eins" größer & fein\nZeile zwei/7193',
  account: { 'IBAN 7719-KX 0042': 'DE02 1203 0000 4471 2020 51' },
  number: 73_915_528_114,
} as const;

export const RAW_BODY_TEXT = 'Rohkoerper <55183> & Soehne';
export const ANSWER = 'Antwort-Kx81 geheim+2207';

/** Values by name, as the search is told them. */
export const CANARIES: Readonly<Record<string, string>> = {
  ...KEYS,
  ...BROKEN_KEYS,
  sessionToken: SESSION_TOKEN,
  email: SENSITIVE.email,
  note: SENSITIVE.note,
  accountKey: 'IBAN 7719-KX 0042',
  accountValue: SENSITIVE.account['IBAN 7719-KX 0042'],
  number: String(SENSITIVE.number),
  rawBody: RAW_BODY_TEXT,
  answer: ANSWER,
};
