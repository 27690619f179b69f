// id_tokens that a client must refuse.  Where the signature is not what is wrong it is a real one.

import { createHmac, sign } from 'node:crypto';

import { keys } from './keys.mjs';

const now = () => Math.floor(Date.now() / 1000);
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part) => JSON.parse(Buffer.from(part, 'base64url'));

function signed(claims, header = {}) {
  const body = `${encoded({ alg: 'RS256', typ: 'JWT', kid: keys[0].kid, ...header })}.${encoded(claims)}`;
  return `${body}.${sign('sha256', Buffer.from(body), keys[0].privateKey).toString('base64url')}`;
}

function hs256(claims) {
  const body = `${encoded({ alg: 'HS256', typ: 'JWT', kid: keys[0].kid })}.${encoded(claims)}`;
  const secret = keys[0].publicKey.export({ type: 'spki', format: 'pem' });
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

function badSignature(claims) {
  const token = signed(claims);
  const signature = Buffer.from(token.split('.')[2], 'base64url');
  signature[100] ^= 1;
  return `${token.slice(0, token.lastIndexOf('.'))}.${signature.toString('base64url')}`;
}

const forgeries = {
  bad_signature: badSignature,
  alg_none: (claims) => `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`,
  hs256,
  unknown_kid: (claims) => signed(claims, { kid: 'unknown' }),
  wrong_iss: (claims) => signed({ ...claims, iss: 'https://evil.example.test' }),
  wrong_aud: (claims) => signed({ ...claims, aud: 'other.apps.example.test' }),
  several_aud: (claims) => signed({ ...claims, aud: [claims.aud, 'other.apps.example.test'], azp: undefined }),
  wrong_azp: (claims) => signed({ ...claims, azp: 'other.apps.example.test' }),
  expired: (claims) => signed({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
  future_iat: (claims) => signed({ ...claims, iat: now() + 7200, exp: now() + 10800 }),
  wrong_nonce: (claims) => signed({ ...claims, nonce: 'wrong' }),
  no_nonce: (claims) => signed({ ...claims, nonce: undefined }),
  no_sub: (claims) => signed({ ...claims, sub: undefined }),
  no_exp: (claims) => signed({ ...claims, exp: undefined }),
  not_a_jwt: () => 'not.a-jwt',
};

// how: one of these names, or {"claims": {...}}: in the place of those issued, null for none.
export function forged(token, how) {
  const claims = decoded(token.split('.')[1]);
  if (typeof how !== 'string') return signed(without({ ...claims, ...how.claims }));
  if (!forgeries[how]) throw new Error(`there is no forgery ${how}`);
  return forgeries[how](claims);
}

function without(claims) {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null));
}

export const knows = (how) => how === null || typeof how === 'object' || how in forgeries;
