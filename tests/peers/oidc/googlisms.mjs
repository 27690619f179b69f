// What Google does otherwise than the standards, or oidc-provider, would have it.

import { behaviour, userOf } from './behaviour.mjs';
import { forged } from './forge.mjs';
import { clients, deviceGrant } from './google.mjs';
import { keep, keepAll } from './journal.mjs';
import { endAccount, liveToken } from './memory.mjs';
import { answer, jwtBearer, liveServiceToken } from './service_accounts.mjs';

const auth = 'https://www.googleapis.com/auth/';
const aliases = { email: `${auth}userinfo.email`, profile: `${auth}userinfo.profile` };
const deviceScopes = ['openid', 'email', 'profile', `${auth}drive.file`, `${auth}drive.appdata`];
const deviceStatus = { authorization_pending: 428, slow_down: 403, access_denied: 403 };

const subtypes = new Map(); // refresh tokens that have ended for a reason that Google tells
const asked = new Map(); // when a device code was last asked for

// Everything that this account has granted ends; a refresh says this error_subtype, if there is one.
export function revokeAccount(user, subtype) {
  for (const token of endAccount(user.sub)) if (subtype) subtypes.set(token, subtype);
}

// What a resource server wants to know of an access token.
export function lookUp(value) {
  const robot = liveServiceToken(value);
  if (robot) return { active: true, ...robot };
  const token = liveToken(value);
  if (token?.kind !== 'AccessToken') return { active: false };
  const { accountId: sub, scope, exp } = token;
  return { active: true, email: userOf(sub)?.email, sub, scope, exp };
}

function refuse(ctx, status, error, description) {
  ctx.status = status;
  ctx.body = { error, error_description: description };
}

// ---- /token ------------------------------------------------------------------------------------

function lacksSecret(ctx, form) {
  const client = clients.find(({ client_id: id }) => id === form.get('client_id'));
  return client?.client_secret && !form.get('client_secret') && !ctx.get('authorization');
}

function tooSoon(form) {
  const code = form.get('device_code');
  const last = asked.get(code) ?? 0;
  asked.set(code, Date.now());
  return Date.now() - last < behaviour.device_interval * 1000;
}

function issued(body, form) {
  const changed = { ...body };
  const first = form.get('grant_type') !== 'refresh_token';
  if (!first && behaviour.omit_refresh_token && body.refresh_token === form.get('refresh_token')) {
    delete changed.refresh_token;
  }
  if (first && behaviour.refresh_token_expires_in !== null) {
    changed.refresh_token_expires_in = behaviour.refresh_token_expires_in;
  }
  if (behaviour.alias_scopes) {
    changed.scope = body.scope.split(' ').map((scope) => aliases[scope] ?? scope).join(' ');
  }
  if (behaviour.id_token !== null && body.id_token) changed.id_token = forged(body.id_token, behaviour.id_token);
  return changed;
}

async function token(ctx, next) {
  const { form } = ctx.state;
  const grant = form.get('grant_type');
  if (grant === jwtBearer) {
    [ctx.status, ctx.body] = answer(form.get('assertion'), `${ctx.state.issuer}/token`);
  } else if (lacksSecret(ctx, form)) {
    refuse(ctx, 400, 'invalid_request', 'client_secret is missing.');
  } else if (grant === deviceGrant && tooSoon(form)) {
    refuse(ctx, 403, 'slow_down', 'Forbidden');
  } else {
    await next();
    if (ctx.status === 200) ctx.body = issued(ctx.body, form);
    const subtype = subtypes.get(form.get('refresh_token'));
    if (ctx.body?.error === 'invalid_grant' && subtype) ctx.body = { ...ctx.body, error_subtype: subtype };
    if (grant === deviceGrant && ctx.status === 400) ctx.status = deviceStatus[ctx.body.error] ?? 400;
  }
  keepAll(ctx.body);
}

// ---- the others --------------------------------------------------------------------------------

async function revoke(ctx, next) {
  if (behaviour.revocation !== 'google') return next();
  const found = liveToken(ctx.state.form.get('token') ?? new URLSearchParams(ctx.querystring).get('token'));
  if (!found) return refuse(ctx, 400, 'invalid_token', 'Token expired or revoked');
  endAccount(found.accountId);
  ctx.body = {};
  return undefined;
}

async function device(ctx, next) {
  const { form } = ctx.state;
  const client = clients.find(({ client_id: id }) => id === form.get('client_id'));
  if (!client?.grant_types.includes(deviceGrant)) {
    return refuse(ctx, 401, 'invalid_client', 'Only clients of type \'TVs and Limited Input devices\' can only use the '
      + 'OAuth 2.0 flow for TV and Limited-Input Device Applications.');
  }
  const wrong = (form.get('scope') ?? '').split(' ').filter((scope) => !deviceScopes.includes(scope));
  if (wrong.length > 0) return refuse(ctx, 400, 'invalid_scope', `Invalid device flow scope: ${wrong.join(' ')}`);
  // As there, the secret is asked for with the token only; others send it here too.
  form.set('client_secret', client.client_secret);
  ctx.req.body = `${form}`;
  await next();
  if (ctx.status !== 200) return undefined;
  const { verification_uri: url, verification_uri_complete: _, ...rest } = ctx.body;
  ctx.body = { ...rest, verification_url: url, interval: behaviour.device_interval };
  keepAll(ctx.body);
  return undefined;
}

// The redirect to the client, from wherever the last question was answered.
async function redirect(ctx, next) {
  await next();
  const location = ctx.response.get('location');
  if (!location) return;
  const url = new URL(location, ctx.state.issuer);
  if (url.origin === ctx.state.issuer) return;
  keep('code', url.searchParams.get('code'));
  for (const [name, value] of Object.entries(behaviour.callback)) {
    url.searchParams.delete(name);
    for (const each of [value ?? []].flat()) url.searchParams.append(name, each);
  }
  ctx.set('Location', url.href);
}

const handlers = { '/token': token, '/revoke': revoke, '/device/code': device };

export const googlisms = (ctx, next) => {
  if (ctx.path.startsWith('/o/oauth2/v2/auth')) return redirect(ctx, next);
  return ctx.method === 'POST' && handlers[ctx.path] ? handlers[ctx.path](ctx, next) : next();
};
