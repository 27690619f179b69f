// What was asked, for tests that count it, and every secret that came by, for those that search for
// traces of them.

import { createHash } from 'node:crypto';

const secretFields = new Set(['access_token', 'assertion', 'client_secret', 'code', 'code_verifier',
  'device_code', 'id_token', 'id_token_hint', 'password', 'refresh_token', 'token', 'user_code', 'xsrf']);
// Of these all values are kept, whether they came from here or from the client.
const kept = ['access_token', 'assertion', 'client_secret', 'code', 'code_verifier', 'device_code',
  'id_token', 'refresh_token'];
const headers = ['accept', 'accept-encoding', 'content-type', 'host', 'user-agent'];

export const requests = [];
export const secrets = Object.fromEntries(kept.map((kind) => [kind, new Set()]));

const hashed = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function fields(params) {
  const found = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name).map((value) => (secretFields.has(name) ? hashed(value) : value));
    found[name] = values.length === 1 ? values[0] : values;
  }
  return found;
}

// "Bearer sha256:...", "Basic CLIENT".
function authorization(value) {
  if (!value) return null;
  const [kind, rest = ''] = value.split(/ +/, 2);
  if (kind.toLowerCase() !== 'basic') return `${kind} ${hashed(rest)}`;
  return `${kind} ${Buffer.from(rest, 'base64').toString().split(':')[0]}`;
}

// status: null while it is not answered, and for ever when the connection was dropped.
export function began(ctx) {
  const request = {
    number: requests.length + 1,
    at: Number(process.hrtime.bigint()) / 1e9, // CLOCK_MONOTONIC, in seconds
    method: ctx.method,
    path: ctx.path,
    query: fields(new URLSearchParams(ctx.querystring)),
    form: {},
    authorization: authorization(ctx.get('authorization')),
    headers: Object.fromEntries(headers.map((name) => [name, ctx.get(name) || null])),
    status: null,
    open: true,
  };
  requests.push(request);
  ctx.res.on('finish', () => { request.status = ctx.res.statusCode; });
  ctx.res.on('close', () => { request.open = false; });
  return request;
}

export function tookForm(request, form) {
  request.form = fields(form);
  for (const kind of kept) keep(kind, form.get(kind));
}

export function keep(kind, value) {
  // What is shorter was made up by a test, and would be found everywhere.
  if (typeof value === 'string' && value.length >= 16) secrets[kind].add(value);
}

export function keepAll(answer) {
  for (const kind of kept) keep(kind, answer?.[kind]);
}

export function forget() {
  requests.length = 0;
}
