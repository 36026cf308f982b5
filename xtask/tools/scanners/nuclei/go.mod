module watchtower.example/scanners/nuclei

go 1.24.1

require github.com/projectdiscovery/nuclei/v3 v3.4.10

// The first that builds with Go 1.26.
require github.com/bytedance/sonic v1.15.0
