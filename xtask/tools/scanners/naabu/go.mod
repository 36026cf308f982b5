module watchtower.example/scanners/naabu

go 1.24.0

require github.com/projectdiscovery/naabu/v2 v2.3.5
