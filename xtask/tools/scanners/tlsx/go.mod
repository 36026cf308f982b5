module watchtower.example/scanners/tlsx

go 1.24.0

require github.com/projectdiscovery/tlsx v1.2.2
