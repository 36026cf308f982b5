//! Pool, tenant transaction, migrations and SQLSTATE mapping.
