// The keys that id_tokens are signed with.

import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

let made = 0;
// The first one signs; those after it are published still.
export const keys = [];

export async function rotate({ keep = false } = {}) {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  if (!keep) keys.length = 0;
  made += 1;
  keys.unshift({ kid: `key${made}`, publicKey, privateKey });
}

export const jwks = () => keys.map(({ kid, privateKey }) => (
  { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }));
