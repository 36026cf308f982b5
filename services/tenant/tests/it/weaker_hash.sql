-- argon2id, 4 MiB, one pass, of the tests' password.
update tenant.users set password_hash = '$argon2id$v=19$m=4096,t=1,p=1$yFWR7Qzm+IYh/q5iy5ssSQ$TA7ksepBxMb5Zrw+r3sDxFvSY6O5xlireoUQisSPCYU';
