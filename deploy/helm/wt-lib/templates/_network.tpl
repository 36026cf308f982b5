{{/* Networks a scan or a proof may never reach from inside the cluster: private (RFC 1918), shared
   address space (RFC 6598), loopback, link-local with cloud metadata (RFC 3927), this-network,
   protocol assignments, benchmarking, multicast and reserved; in IPv6 loopback, mapped IPv4,
   NAT64, ULA, link-local and multicast. The worker's own dial guard checks again, against the
   signed job: a policy cannot know a tenant's scope, and some network plugins ignore policies. */}}
{{- define "wt.except-v4" -}}
{{- $own := list "0.0.0.0/8" "10.0.0.0/8" "100.64.0.0/10" "127.0.0.0/8" "169.254.0.0/16" "172.16.0.0/12" "192.0.0.0/24" "192.168.0.0/16" "198.18.0.0/15" "224.0.0.0/4" "240.0.0.0/4" -}}
{{- range .Values.networkPolicy.clusterCidrs }}{{- if not (contains ":" .) }}{{- $own = append $own . }}{{- end }}{{- end -}}
{{- $own | uniq | toJson -}}
{{- end -}}
{{- define "wt.except-v6" -}}
{{- $own := list "::1/128" "::ffff:0:0/96" "64:ff9b::/96" "fc00::/7" "fe80::/10" "ff00::/8" -}}
{{- range .Values.networkPolicy.clusterCidrs }}{{- if contains ":" . }}{{- $own = append $own . }}{{- end }}{{- end -}}
{{- $own | uniq | toJson -}}
{{- end -}}

{{- define "wt.network-policy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "wt.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- if or .Values.networkPolicy.ingressFromServices .Values.networkPolicy.ingressFrom }}
    - from:
        {{- range .Values.networkPolicy.ingressFromServices }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ . }}
              app.kubernetes.io/instance: {{ $.Release.Name }}
        {{- end }}
        {{- with .Values.networkPolicy.ingressFrom }}{{ toYaml . | nindent 8 }}{{- end }}
      ports:
        - {protocol: TCP, port: {{ .Values.service.port }}}
    {{- end }}
    {{- with .Values.networkPolicy.metricsFrom }}
    - from: {{- toYaml . | nindent 8 }}
      ports:
        - {protocol: TCP, port: 9090}
    {{- end }}
    {{- if .Values.helmTest.enabled }}
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: watchtower-test
              app.kubernetes.io/instance: {{ .Release.Name }}
      ports:
        - {protocol: TCP, port: 9090}
    {{- end }}
  egress:
    - to:
        - namespaceSelector:
            matchLabels: {kubernetes.io/metadata.name: kube-system}
          podSelector:
            matchLabels: {k8s-app: kube-dns}
      ports:
        - {protocol: UDP, port: 53}
        - {protocol: TCP, port: 53}
    {{- range $peer, $address := .Values.peers }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ $peer }}
              app.kubernetes.io/instance: {{ $.Release.Name }}
      ports:
        - {protocol: TCP, port: 50051}
    {{- end }}
    {{- range $name, $rule := .Values.networkPolicy.dependencies }}
    # {{ $name }}
    - to: {{- toYaml $rule.to | nindent 8 }}
      ports:
        - {protocol: TCP, port: {{ $rule.port }}}
    {{- end }}
    {{- with .Values.networkPolicy.targets }}
    {{- if .enabled }}
    # The outside, and never the inside.
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
            except: {{ include "wt.except-v4" $ }}
        - ipBlock:
            cidr: ::/0
            except: {{ include "wt.except-v6" $ }}
      {{- with .ports }}
      ports: {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- with .allowPrivate }}
    # Private networks the operator owns and named one by one.
    - to:
        {{- range . }}
        - ipBlock: {cidr: {{ . | quote }}}
        {{- end }}
    {{- end }}
    {{- end }}
    {{- end }}
{{- end -}}
