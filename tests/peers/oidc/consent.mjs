// The pages on which a person logs in, picks what the program may do, or cancels.

import { userNamed, userOf } from './behaviour.mjs';

// What nobody is asked about one by one.
const basic = /^(openid|email|profile|offline_access|https:\/\/www\.googleapis\.com\/auth\/userinfo\..*)$/;

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const page = (title, form) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
</head>
<body>
<h1>${escaped(title)}</h1>
<form method="post">
${form}
<button name="action" value="next">Continue</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</form>
</body>
</html>
`;

const loginPage = (hint, problem) => page('Sign in', `${problem ? `<p role="alert">${escaped(problem)}</p>` : ''}
<label>Email <input name="login" required value="${escaped(hint ?? '')}"></label>
<label>Password <input name="password" type="password"></label>`);

const consentPage = (user, client, scopes) => page(`${client} wants to access your account`, `
<p>${escaped(user.name)} (${escaped(user.email)})</p>
${scopes.map((scope) => `<p><label><input type="checkbox" name="scope" value="${escaped(scope)}" checked>
${escaped(scope)}</label></p>`).join('\n')}`);

// The prompts are "select_account", "login" and "consent"; the first two have the same page.
const asksWho = ({ prompt }) => prompt.name !== 'consent';

async function grant(provider, details, ticked) {
  const made = new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  for (const scope of details.params.scope.split(' ')) {
    if (basic.test(scope) || ticked.includes(scope)) made.addOIDCScope(scope);
    else made.rejectOIDCScope(scope);
  }
  return made.save();
}

async function decision(provider, details, form) {
  if (form.get('action') === 'cancel') return { error: 'access_denied' };
  if (asksWho(details)) {
    return { select_account: {}, login: { accountId: userNamed(form.get('login')).sub } };
  }
  return { consent: { grantId: await grant(provider, details, form.getAll('scope')) } };
}

function show(ctx, details, problem) {
  const { params, session } = details;
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'html';
  ctx.body = asksWho(details) ? loginPage(params.login_hint, problem)
    : consentPage(userOf(session.accountId), params.client_id,
      params.scope.split(' ').filter((scope) => !basic.test(scope)));
}

// Answers /interaction/..., where oidc-provider sends the person; its cookie says which login it is.
export const consent = (provider) => async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method !== 'POST') return show(ctx, details);
  const { form } = ctx.state;
  if (asksWho(details) && form.get('action') !== 'cancel' && !userNamed(form.get('login'))) {
    return show(ctx, details, 'Couldn’t find your account');
  }
  const result = await decision(provider, details, form);
  const merge = { mergeWithLastSubmission: !asksWho(details) };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, merge));
  ctx.status = 303;
  return undefined;
};
