// Tokens for service accounts: an assertion that the account has signed, for an access token.

import { randomBytes, verify } from 'node:crypto';

import { behaviour } from './behaviour.mjs';

export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const skew = 60;

// By email: {public_key (PEM), kid, subjects: the people it may stand for}.
export const accounts = new Map();
const tokens = new Map();

const now = () => Math.floor(Date.now() / 1000);

class Refused extends Error {
  constructor(status, error, description) {
    super(description);
    this.status = status;
    this.body = { error, error_description: description };
  }
}

const invalid = (description) => new Refused(400, 'invalid_grant', description);

function parts(assertion) {
  const [header, claims, signature, more] = (assertion ?? '').split('.');
  try {
    if (more !== undefined || !signature) throw new Error('not three parts');
    return {
      header: JSON.parse(Buffer.from(header, 'base64url')),
      claims: JSON.parse(Buffer.from(claims, 'base64url')),
      body: Buffer.from(`${header}.${claims}`),
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    throw new Refused(400, 'invalid_request', 'Bad Request: the assertion is not a JWT');
  }
}

function checkTimes({ iat, exp }) {
  const right = Number.isInteger(iat) && Number.isInteger(exp) && iat <= now() + skew && exp > now() - skew
    && exp > iat && exp - iat <= 3600;
  if (!right) {
    throw invalid('Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. '
      + 'Check your iat and exp values in the JWT claim.');
  }
}

function checked(assertion, audience) {
  const { header, claims, body, signature } = parts(assertion);
  const account = accounts.get(claims.iss);
  if (!account) throw invalid('Invalid grant: account not found');
  const genuine = header.alg === 'RS256' && (header.kid === undefined || header.kid === account.kid)
    && verify('sha256', body, account.public_key, signature);
  if (!genuine) throw invalid('Invalid JWT Signature.');
  if (claims.aud !== audience) {
    throw invalid(`Invalid JWT: Failed audience check. The right audience is ${audience}`);
  }
  checkTimes(claims);
  if (typeof claims.scope !== 'string' || !claims.scope) {
    throw new Refused(400, 'invalid_scope', 'Empty or missing scope not allowed.');
  }
  if (claims.sub !== undefined && claims.sub !== claims.iss && !account.subjects?.includes(claims.sub)) {
    throw new Refused(401, 'unauthorized_client', 'Client is unauthorized to retrieve access tokens using this '
      + 'method, or client not authorized for any of the scopes requested.');
  }
  return claims;
}

// [status, body] of the answer of the token endpoint.
export function answer(assertion, audience) {
  try {
    const { iss, sub, scope } = checked(assertion, audience);
    const seconds = behaviour.access_token_seconds;
    const token = `ya29.c.${randomBytes(32).toString('base64url')}`;
    tokens.set(token, { email: sub ?? iss, scope, exp: now() + seconds });
    return [200, { access_token: token, expires_in: seconds, token_type: 'Bearer' }];
  } catch (error) {
    if (error instanceof Refused) return [error.status, error.body];
    throw error;
  }
}

export function liveServiceToken(value) {
  const token = tokens.get(value);
  return token && token.exp > now() ? token : undefined;
}
