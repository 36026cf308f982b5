//! Which ports a profile looks at when nobody names any.
use wt_exposure::PortSet;
use wt_model::Profile;

/// Ports of a quick recheck: the web and the services attackers try first.
pub const PORTS_FAST_RECHECK: &str = "21-23,25,53,80,110,143,443,445,587,993,995,1433,2375,2379,\
    3000,3306,3389,5000,5432,5601,5672,5900,6379,8000,8080,8081,8443,8888,9000,9090,9200,11211,15672,27017";

/// Ports of a baseline run: well-known services, common alternates of the web, and every default
/// port that a check of the catalogue looks for.
pub const PORTS_BASELINE: &str = "20-26,37,43,49,53,69-70,79-90,98-100,106,109-113,119,123,135,139,\
    143-144,161,179,199,222,264,389,427,443-445,465,502,512-515,543-544,548,554,587,593,623,631,636,\
    646,666,690,749,777,787,800-801,808,843,873,880,888,898,900-903,981,987,990,992-993,995,999-1002,\
    1010-1011,1024-1030,1080,1099,1194,1311,1337,1352,1414,1433-1434,1494,1521,1720,1723,1755,1801,1883,\
    1900,1935,2000-2002,2010,2049,2082-2083,2086-2087,2095-2096,2100,2121,2181,2222,2301,2323,2375-2380,\
    2383,2401,2480,2525,2601,2717,2869,2967,3000-3005,3050,3071,3128,3221,3260,3268-3269,3306,3310,3333,\
    3389,3478,3632,3689-3690,3986,4000-4001,4040,4045,4100,4222,4243,4321,4369,4443-4444,4500,4567,4646,\
    4848,4899,5000-5009,5044,5050-5051,5060-5061,5101,5190,5222,5269,5357,5432-5433,5500,5555,5560,5601,\
    5631-5632,5666,5671-5672,5678,5800-5801,5858,5900-5903,5984-5986,6000-6002,6066,6123,6379-6380,6443,\
    6543,6646,6666-6667,6789,7000-7002,7070-7071,7077,7180,7443,7474,7547,7676-7677,7777,7946,8000-8010,\
    8020,8025,8042,8060,8069,8080-8091,8098,8111,8118,8123,8126,8139-8140,8161,8172,8180-8181,8200,8222,\
    8243,8280-8281,8300,8333,8393,8443-8444,8500,8529,8545,8554,8600,8649,8686,8765,8800,8834,8848,8880,\
    8888-8889,8983,9000-9003,9042-9043,9060,9080-9081,9090-9100,9160,9191,9200-9201,9292,9300,9306,9389,\
    9418,9443-9444,9500,9502,9600,9797,9800,9876,9981,9990,9999-10001,10050-10051,10250,10255,10443,\
    11211,11434,12345,13306,14265,15672,16010,16080,16379,16992-16993,17000,18080,18091-18092,18245,\
    20000,20720,22222,23023,25565,26257,27017-27019,28015,28017,30718,32400,32768-32769,33060,37777,\
    41795,44818,47808,49152-49157,50000,50030,50070,50075,50090,51235,54321,55672,60010,60030,61613,61616";

/// Every TCP port.
pub const PORTS_DEEP: &str = "1-65535";

/// The ports of a profile; a verify run names its own, so it has none here.
pub fn ports_of(profile: Profile) -> PortSet {
    let text = match profile {
        Profile::FastRecheck => PORTS_FAST_RECHECK,
        Profile::Baseline => PORTS_BASELINE,
        Profile::Deep => PORTS_DEEP,
        Profile::Verify => "",
    };
    // The constants are checked by the test below; a mistake in one would plan nothing, not more.
    text.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use wt_model::Profile;

    use super::ports_of;

    #[test]
    fn each_profile_looks_at_least_as_far_as_the_weaker_one() {
        let (fast, base, deep) = (
            ports_of(Profile::FastRecheck),
            ports_of(Profile::Baseline),
            ports_of(Profile::Deep),
        );
        assert!(!fast.is_empty() && fast.is_subset(&base) && base.is_subset(&deep));
        assert_eq!(deep.len(), 65_535);
        assert!(ports_of(Profile::Verify).is_empty());
    }
}
