// oidc-provider set up as Google's login is: its paths, scopes, kinds of clients and tokens.

import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { behaviour, userOf } from './behaviour.mjs';
import { Memory } from './memory.mjs';

const auth = 'https://www.googleapis.com/auth/';
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

const email = ['email', 'email_verified'];
const profile = ['name', 'given_name', 'family_name', 'picture'];
const claims = {
  openid: ['sub'],
  email,
  profile,
  [`${auth}userinfo.email`]: email,
  [`${auth}userinfo.profile`]: profile,
};

const loopbacks = ['127.0.0.1', '[::1]', 'localhost'];
const redirects = loopbacks.flatMap((host) => ['', '/callback'].map((end) => `http://${host}${end}`));
const codes = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] };
const native = { application_type: 'native', redirect_uris: redirects, ...codes };
const secret = (value) => ({ client_secret: value, token_endpoint_auth_method: 'client_secret_post' });

export const clients = [
  { client_id: 'desktop.apps.example.test', ...secret('desktop-secret-of-the-tests'), ...native },
  { client_id: 'public.apps.example.test', token_endpoint_auth_method: 'none', ...native },
  { client_id: 'device.apps.example.test', ...secret('device-secret-of-the-tests'),
    grant_types: [deviceGrant, 'refresh_token'], response_types: [], redirect_uris: [] },
  { client_id: 'web.apps.example.test', ...secret('web-secret-of-the-tests'),
    redirect_uris: ['https://web.example.test/callback'], ...codes },
];

const configuration = (keys, policy) => ({
  adapter: Memory,
  claims,
  clients,
  clockTolerance: 0,
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests'] },
  expiresWithSession: () => false,
  extraParams: ['access_type', 'include_granted_scopes'],
  features: {
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: true },
  },
  findAccount: (ctx, sub) => {
    const user = userOf(sub);
    return user && { accountId: sub, claims: () => user };
  },
  interactions: { policy, url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
  jwks: { keys },
  pkce: { methods: ['S256'], required: () => true },
  rotateRefreshToken: () => behaviour.rotate,
  routes: {
    authorization: '/o/oauth2/v2/auth',
    code_verification: '/device',
    device_authorization: '/device/code',
    jwks: '/oauth2/v3/certs',
    revocation: '/revoke',
    token: '/token',
    userinfo: '/v1/userinfo',
  },
  scopes: ['openid', 'email', 'profile', ...['userinfo.email', 'userinfo.profile', 'drive', 'drive.file',
    'drive.appdata', 'documents'].map((name) => auth + name)],
  ttl: {
    AccessToken: () => behaviour.access_token_seconds,
    AuthorizationCode: () => behaviour.code_seconds,
    DeviceCode: 1800,
    Grant: 30 * 86400,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: () => behaviour.refresh_token_expires_in ?? 14 * 86400,
    Session: 3600,
  },
});

// Secrets that look as Google's do, so that they are encoded, stored and found as those.
function shapeTokens(provider) {
  const starts = { AccessToken: 'ya29.', RefreshToken: '1//0', AuthorizationCode: '4/0A' };
  for (const [model, start] of Object.entries(starts)) {
    const { prototype } = provider[model];
    const { generateTokenId } = prototype;
    prototype.generateTokenId = function generate() { return start + generateTokenId.call(this); };
  }
}

// folder: where npm has put oidc-provider.  The result makes a provider with these keys.
export async function load(folder) {
  const file = createRequire(path.resolve(folder, 'package.json')).resolve('oidc-provider');
  const { default: Provider, interactionPolicy } = await import(pathToFileURL(file));
  return (issuer, keys) => {
    const policy = interactionPolicy.base();
    policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
    // A program that was granted everything before gets its code without a question.
    policy.get('consent').checks.remove('native_client_prompt');
    const provider = new Provider(issuer, configuration(keys, policy));
    shapeTokens(provider);
    provider.on('server_error', (ctx, error) => console.error(error));
    return provider;
  };
}
