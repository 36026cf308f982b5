//! Pool, tenant transaction, migrations and SQLSTATE mapping.
//!
//! Invariants: a tenant's rows are reached only through a [`TenantTx`], opened for a verified
//! principal; work across tenants only through a [`PlatformTx`], which sees no tenant's rows and
//! is for listed `SECURITY DEFINER` functions. Statements live in the services' `store/`.

mod config;
mod cursor;
mod fault;
mod migrate;
mod page;
mod pool;
mod read_lane;
mod schema_version;
mod shared_read;
mod tenant_read;
mod tenant_tx;

pub use config::PgArgs;
pub use cursor::Cursor;
pub use fault::{PgFault, constraint};
pub use migrate::{MigrateFault, SCHEMAS, migrate};
pub use page::Page;
pub use pool::{AsPgFault, Pool};
pub use shared_read::SharedReads;
pub use tenant_read::{PlatformCall, TenantRead};
pub use tenant_tx::{PlatformTx, TenantTx};
