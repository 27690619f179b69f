// How the stand-in behaves, and whom it knows.  What is true of Google is the default; everything can
// be changed while it runs (control.mjs).

const settings = {
  // A refresh gives a new refresh token; the old one, used again, ends them all.
  rotate: false,
  // The answer to a refresh has no refresh token, unless it is a new one.
  omit_refresh_token: true,
  // "email" comes back as ".../auth/userinfo.email".
  alias_scopes: true,
  // google: the token alone, and everything of this account ends; rfc7009: the client shows its secret,
  // and what was never issued is no error.
  revocation: 'google',
  // Of new access tokens and codes.
  access_token_seconds: 3599,
  code_seconds: 60,
  // Told with the first tokens, when set.
  refresh_token_expires_in: null,
  // Between two questions of a device; in between it is told to slow down.
  device_interval: 5,
  // What is different in the query of the redirect to the client: null takes a parameter out, a list
  // repeats it.
  callback: { authuser: '0', prompt: 'consent' },
  // What is wrong with id_tokens (forge.mjs): a name, or {"claims": {...}} that replace those issued.
  id_token: null,
};

const people = ['Alice Adams', 'Bob Brown', 'Carol Clark'];

// By the name that they log in with.
const accounts = new Map(people.map((name, index) => {
  const login = name.split(' ')[0].toLowerCase();
  return [login, {
    sub: `10000000000000000000${index + 1}`,
    email: `${login}@example.test`,
    email_verified: true,
    name,
    given_name: name.split(' ')[0],
    family_name: name.split(' ')[1],
    picture: `https://pictures.example.test/${login}.png`,
  }];
}));

export const behaviour = structuredClone(settings);
export const users = structuredClone(accounts);

export function reset() {
  Object.assign(behaviour, structuredClone(settings));
  users.clear();
  for (const [login, user] of accounts) users.set(login, { ...user });
}

export function userNamed(login) {
  return users.get(login) ?? [...users.values()].find((user) => user.email === login);
}

export function userOf(sub) {
  return [...users.values()].find((user) => user.sub === sub);
}
