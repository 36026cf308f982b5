//! Whether a service was ever meant to be met by strangers.

/// Ports of services that belong behind something: databases, stores, remote control, file
/// sharing and the doors of clusters. From IANA's registry and the defaults of the products.
/// Ascending.
pub const INNER_PORTS: [u16; 40] = [
    23, 69, 111, 135, 137, 139, 161, 389, 445, 512, 513, 514, 623, 873, 1099, 1433, 1521, 2049,
    2375, 2376, 2379, 3306, 3389, 4222, 5432, 5672, 5900, 5984, 5985, 6379, 6443, 7001, 8086, 9042,
    9092, 9200, 10250, 11211, 15672, 27017,
];

/// Checks of services that let strangers in or should not be met at all.
const INNER_CHECKS: &str = "service.";

/// How a service stands towards the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Meant for everybody: the web, mail, names.
    Public,
    /// Meant for the inside, and met from outside.
    Inner,
}

impl Reach {
    /// Of what this check saw on this port.
    pub fn of(check_id: &str, port: u16) -> Self {
        if Self::is_inner_check(check_id) || INNER_PORTS.binary_search(&port).is_ok() {
            Self::Inner
        } else {
            Self::Public
        }
    }

    /// Whether everything this check sees is meant for the inside, on whatever port.
    pub fn is_inner_check(check_id: &str) -> bool {
        check_id.starts_with(INNER_CHECKS)
    }
}

#[cfg(test)]
mod tests {
    use super::{INNER_PORTS, Reach};

    #[test]
    fn a_database_is_meant_for_the_inside_and_a_website_is_not() {
        assert!(INNER_PORTS.is_sorted());
        assert_eq!(Reach::of("port.open", 5432), Reach::Inner);
        assert_eq!(Reach::of("service.redis.no_auth", 16_379), Reach::Inner);
        assert_eq!(Reach::of("http.service", 443), Reach::Public);
    }
}
