module watchtower.example/scanners/httpx

go 1.24.0

require github.com/projectdiscovery/httpx v1.7.1
