{{/* Names, labels and image: the words every other template uses. */}}
{{- define "wt.name" -}}{{ .Chart.Name }}{{- end -}}
{{- define "wt.fullname" -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}{{- end -}}

{{- define "wt.selector" -}}
app.kubernetes.io/name: {{ include "wt.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "wt.labels" -}}
{{ include "wt.selector" . }}
app.kubernetes.io/part-of: watchtower
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* The image, by digest only: a tag can be moved under a running release. */}}
{{- define "wt.image" -}}
{{- $global := .Values.global | default dict -}}
{{- $registry := $global.imageRegistry | default .Values.image.registry -}}
{{- $digest := .Values.image.digest | default (get ($global.imageDigests | default dict) .Chart.Name) -}}
{{- $digest = required (printf "%s: image.digest (or global.imageDigests.%s) is required: deploy by digest, not by tag" .Chart.Name .Chart.Name) $digest -}}
{{- printf "%s/%s@%s" $registry .Values.image.repository $digest -}}
{{- end -}}

{{/* Address of another service: the value given, else the same release's. */}}
{{- define "wt.peer" -}}
{{- $root := index . 0 -}}{{- $peer := index . 1 -}}
{{- get ($root.Values.peers | default dict) $peer | default (printf "http://%s-%s:50051" $root.Release.Name $peer) -}}
{{- end -}}

{{- define "wt.pod-security" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* As the container's own, but for a worker that makes network namespaces for its tools: that takes
     root and these capabilities, and SYS_ADMIN is refused beside allowPrivilegeEscalation: false. */}}
{{- define "wt.workload-security" -}}
{{- if eq ((.Values.tools).egress | default "open") "namespace" -}}
allowPrivilegeEscalation: true
readOnlyRootFilesystem: true
runAsNonRoot: false
runAsUser: 0
runAsGroup: 0
capabilities:
  drop: ["ALL"]
  add: ["NET_ADMIN", "SETPCAP", "SYS_ADMIN"]
{{- else -}}
{{ include "wt.container-security" . }}
{{- end -}}
{{- end -}}

{{- define "wt.container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: ["ALL"]
{{- end -}}
