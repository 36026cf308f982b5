-- Wrapped data keys of secrets at rest: SSO client secrets, TOTP seeds (libs/platform/seal).
call platform.give_data_keys('tenant', 'wt_tenant');
