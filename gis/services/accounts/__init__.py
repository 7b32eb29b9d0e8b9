"""Accounts and who a request comes from: `manage` for admins, `own` for oneself, `sign_in`, `oidc`, `sessions`."""
