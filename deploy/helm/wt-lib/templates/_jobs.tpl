{{/* Migrations. On install an ordinary Job: its Secret and the release's objects come with it, and
   services wait until the schema is there. On upgrade a hook before the new pods, because the code
   runs before, with and after each migration (expand, then contract). The name carries the image,
   so that a tool which only applies manifests makes a new Job instead of changing an immutable one. */}}
{{- define "wt.migration" -}}
{{- $m := .Values.migration -}}
{{- $registry := (.Values.global | default dict).imageRegistry | default $m.image.registry -}}
{{- $digest := $m.image.digest | default (get ((.Values.global | default dict).imageDigests | default dict) "cli") -}}
{{- $digest = required "migration.image.digest (or global.imageDigests.cli) is required: deploy by digest, not by tag" $digest -}}
{{- $stage := ternary "install" "upgrade" .Release.IsInstall -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ printf "%s-migrate-%s-%s" .Release.Name $stage (sha256sum $digest | trunc 8) | trunc 63 }}
  labels:
    {{- include "wt.labels" . | nindent 4 }}
    app.kubernetes.io/component: migration
  {{- if not .Release.IsInstall }}
  annotations:
    helm.sh/hook: pre-upgrade
    # A failed hook stays for its log; the next attempt removes it.
    helm.sh/hook-delete-policy: before-hook-creation
  {{- end }}
spec:
  backoffLimit: 3
  activeDeadlineSeconds: {{ $m.activeDeadlineSeconds }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: migration
        app.kubernetes.io/instance: {{ .Release.Name }}
        app.kubernetes.io/part-of: watchtower
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext: {{- include "wt.pod-security" . | nindent 8 }}
      {{- with $m.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: migrate
          image: {{ printf "%s/%s@%s" $registry $m.image.repository $digest }}
          args: {{- toYaml $m.args | nindent 12 }}
          securityContext: {{- include "wt.container-security" . | nindent 12 }}
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef: {name: {{ $m.existingSecret }}, key: DATABASE_URL}
          resources: {{- toYaml $m.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 16Mi}
{{- end -}}

{{/* One pod that proves one thing in a real cluster: name, labels of the pod, shell script. */}}
{{- define "wt.test-pod" -}}
{{- $root := index . 0 -}}{{- $name := index . 1 -}}{{- $labels := index . 2 -}}{{- $script := index . 3 -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "wt.fullname" $root | trunc 50 | trimSuffix "-" }}-{{ $name }}
  labels: {{- $labels | nindent 4 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext: {{- include "wt.pod-security" $root | nindent 4 }}
  containers:
    - name: {{ $name }}
      image: {{ printf "%s@%s" $root.Values.helmTest.image.repository (required "helmTest.image.digest is required when helmTest.enabled" $root.Values.helmTest.image.digest) }}
      securityContext: {{- include "wt.container-security" $root | nindent 8 }}
      command: ["/bin/sh", "-ec", {{ $script | quote }}]
      resources:
        requests: {cpu: 10m, memory: 16Mi}
        limits: {memory: 32Mi}
{{- end -}}

{{- define "wt.helm-test" -}}
{{- $asPeer := printf "app.kubernetes.io/name: watchtower-test\napp.kubernetes.io/instance: %s\napp.kubernetes.io/part-of: watchtower" .Release.Name -}}
{{ include "wt.test-pod" (list . "ready" $asPeer (printf "wget -qO- -T 5 http://%s:9090/readyz" (include "wt.fullname" .))) }}
{{- if and .Values.networkPolicy.enabled .Values.networkPolicy.targets .Values.networkPolicy.targets.enabled }}
---
{{- /* Carries the service's own labels, so that the service's policy governs it. */}}
{{ include "wt.test-pod" (list . "denied" (include "wt.selector" .) "if wget -qO- -T 3 http://169.254.169.254/ >/dev/null 2>&1; then echo 'the metadata address can be reached: network policies are not enforced' >&2; exit 1; fi; if nc -z -w 3 kubernetes.default.svc 443; then echo 'the API server can be reached' >&2; exit 1; fi") }}
{{- end }}
{{- if and .Values.keda .Values.keda.enabled }}
---
{{ include "wt.test-pod" (list . "scaler" $asPeer (printf "wget -qO- -T 5 'http://%s/jsz?acc=%s&consumers=true&config=true' | grep -q '\"%s\"'" .Values.keda.natsServerMonitoringEndpoint (.Values.keda.account | replace "$" "%24") .Values.keda.consumer)) }}
{{- end }}
{{- end -}}
