{{/* Who sets the number of pods: a field the chart leaves out when something else owns it. */}}
{{- define "wt.scaled-elsewhere" -}}
{{- if or (and .Values.keda .Values.keda.enabled) (and .Values.autoscaling .Values.autoscaling.enabled) -}}true{{- end -}}
{{- end -}}

{{- define "wt.service-account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end -}}

{{- define "wt.config" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
data:
  WT_ADMIN_ADDR: "0.0.0.0:9090"
  {{- if .Values.service.port }}
  WT_LISTEN_ADDR: "0.0.0.0:{{ .Values.service.port }}"
  {{- end }}
  WT_LOG: {{ .Values.log | quote }}
  # What is under way may finish within the pod's grace period, less the sleep and a margin to exit.
  WT_DRAIN_MS: {{ mul (sub (sub (int .Values.terminationGracePeriodSeconds) (int .Values.preStopSeconds)) 3) 1000 | quote }}
  {{- with .Values.tools }}
  WT_TOOLS_EGRESS: {{ .egress | quote }}
  {{- with .paths }}
  WT_TOOLS: {{ . | quote }}
  {{- end }}
  {{- end }}
  {{- with .Values.pool }}
  WT_POOL: {{ . | quote }}
  {{- end }}
  {{- if hasKey .Values "artifactsUrl" }}
  ARTIFACTS_URL: {{ required (printf "%s: artifactsUrl (or global.artifactsUrl) is required" .Chart.Name) (.Values.artifactsUrl | default (.Values.global | default dict).artifactsUrl) | quote }}
  {{- end }}
  {{- if hasKey .Values "publicUrl" }}
  {{- with .Values.publicUrl | default (.Values.global | default dict).publicUrl }}
  WT_PUBLIC_URL: {{ . | quote }}
  {{- end }}
  {{- end }}
  {{- with .Values.otlpEndpoint | default (.Values.global | default dict).otlpEndpoint }}
  OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
  {{- end }}
  {{- range $peer, $address := .Values.peers }}
  WT_{{ $peer | upper | replace "-" "_" }}_URL: {{ include "wt.peer" (list $ $peer) | quote }}
  {{- end }}
  {{- range $name, $file := .Values.keys.files }}
  {{ $name }}: {{ printf "/etc/watchtower/keys/%s" $file | quote }}
  {{- end }}
  {{- range $name, $trust := .Values.trust }}
  WT_{{ $name | upper }}_TRUST_DIR: {{ printf "/etc/watchtower/trust/%s" $name | quote }}
  {{- end }}
  {{- range $name, $value := .Values.config }}
  {{ $name }}: {{ $value | quote }}
  {{- end }}
{{- end -}}

{{- define "wt.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  {{- if not (include "wt.scaled-elsewhere" .) }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  selector:
    matchLabels: {{- include "wt.selector" . | nindent 6 }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  template:
    metadata:
      labels:
        {{- include "wt.labels" . | nindent 8 }}
        {{- with .Values.podLabels }}{{ toYaml . | nindent 8 }}{{- end }}
      annotations:
        # A changed setting starts new pods; a changed Secret does not, see the runbook on keys.
        checksum/config: {{ include "wt.config" . | sha256sum }}
    spec:
      serviceAccountName: {{ include "wt.fullname" . }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- if .Values.hostUsers | eq false }}
      hostUsers: false
      {{- end }}
      terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
      securityContext: {{- include "wt.pod-security" . | nindent 8 }}
      {{- with .Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
        - maxSkew: 1
          topologyKey: {{ $key }}
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{- include "wt.selector" $ | nindent 14 }}
        {{- end }}
      containers:
        - name: {{ include "wt.name" . }}
          image: {{ include "wt.image" . }}
          imagePullPolicy: IfNotPresent
          securityContext: {{- include "wt.workload-security" . | nindent 12 }}
          envFrom:
            - configMapRef: {name: {{ include "wt.fullname" . }}}
          env:
            {{- range $name := .Values.secretEnv }}
            - name: {{ $name }}
              valueFrom:
                secretKeyRef: {name: {{ $.Values.existingSecret }}, key: {{ $name }}}
            {{- end }}
            {{- range $name := .Values.optionalSecretEnv }}
            - name: {{ $name }}
              valueFrom:
                secretKeyRef: {name: {{ $.Values.existingSecret }}, key: {{ $name }}, optional: true}
            {{- end }}
            {{- if (.Values.templates).existingClaim }}
            - {name: WT_TEMPLATES, value: /etc/watchtower/templates}
            - {name: WT_TEMPLATES_TRUST, value: /etc/watchtower/templates-trust/trust.pem}
            {{- end }}
          ports:
            {{- if .Values.service.port }}
            - {name: {{ .Values.service.portName }}, containerPort: {{ .Values.service.port }}, protocol: TCP}
            {{- end }}
            - {name: admin, containerPort: 9090, protocol: TCP}
          startupProbe:
            httpGet: {path: /livez, port: admin}
            periodSeconds: 2
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /livez, port: admin}
            periodSeconds: 10
            timeoutSeconds: 3
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /readyz, port: admin}
            periodSeconds: 5
            timeoutSeconds: 3
            failureThreshold: 2
          lifecycle:
            # Endpoints are withdrawn while this runs, so that no call meets a closed port.
            preStop: {sleep: {seconds: {{ .Values.preStopSeconds }}}}
          resources: {{- toYaml .Values.resources | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            {{- if .Values.keys.files }}
            - {name: keys, mountPath: /etc/watchtower/keys, readOnly: true}
            {{- end }}
            {{- range $name, $trust := .Values.trust }}
            - {name: trust-{{ $name }}, mountPath: /etc/watchtower/trust/{{ $name }}, readOnly: true}
            {{- end }}
            {{- if (.Values.templates).existingClaim }}
            - {name: templates, mountPath: /etc/watchtower/templates, readOnly: true}
            - {name: templates-trust, mountPath: /etc/watchtower/templates-trust, readOnly: true}
            {{- end }}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: {{ .Values.tmpSizeLimit }}}
        {{- if .Values.keys.files }}
        - name: keys
          secret: {secretName: {{ .Values.keys.existingSecret }}, defaultMode: 0440}
        {{- end }}
        {{- range $name, $trust := .Values.trust }}
        - name: trust-{{ $name }}
          configMap: {name: {{ $trust }}}
        {{- end }}
        {{- if (.Values.templates).existingClaim }}
        - name: templates
          persistentVolumeClaim: {claimName: {{ .Values.templates.existingClaim }}, readOnly: true}
        - name: templates-trust
          configMap: {name: {{ required "templates.trust is required with templates.existingClaim" .Values.templates.trust }}}
        {{- end }}
{{- end -}}

{{- define "wt.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  type: ClusterIP
  selector: {{- include "wt.selector" . | nindent 4 }}
  ports:
    {{- if .Values.service.port }}
    - name: {{ .Values.service.portName }}
      port: {{ .Values.service.port }}
      targetPort: {{ .Values.service.portName }}
      protocol: TCP
      appProtocol: {{ if eq .Values.service.portName "grpc" }}kubernetes.io/h2c{{ else }}http{{ end }}
    {{- end }}
    - {name: admin, port: 9090, targetPort: admin, protocol: TCP}
{{- end -}}

{{- define "wt.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  # Never minAvailable: with one pod it would block every node drain.
  maxUnavailable: {{ .Values.pdb.maxUnavailable }}
  selector:
    matchLabels: {{- include "wt.selector" . | nindent 6 }}
{{- end -}}

{{- define "wt.hpa" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "wt.fullname" . }}}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ .Values.autoscaling.cpuPercent }}}
{{- end -}}

{{/* Every value under metadata is a string: the typed model of the scaler refuses numbers. */}}
{{- define "wt.scaled-object" -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    name: {{ include "wt.fullname" . }}
  pollingInterval: {{ .Values.keda.pollingInterval }}
  cooldownPeriod: {{ .Values.keda.cooldownPeriod }}
  initialCooldownPeriod: {{ .Values.keda.initialCooldownPeriod }}
  minReplicaCount: {{ .Values.keda.minReplicas }}
  maxReplicaCount: {{ .Values.keda.maxReplicas }}
  fallback: {failureThreshold: 3, replicas: 2, behavior: currentReplicasIfHigher}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown:
          stabilizationWindowSeconds: 300
          policies:
            - {type: Pods, value: 2, periodSeconds: 60}
        scaleUp:
          stabilizationWindowSeconds: 0
          policies:
            - {type: Percent, value: 100, periodSeconds: 15}
  triggers:
    - type: nats-jetstream
      metadata:
        natsServerMonitoringEndpoint: {{ .Values.keda.natsServerMonitoringEndpoint | quote }}
        account: {{ .Values.keda.account | quote }}
        stream: {{ .Values.keda.stream | quote }}
        # A private pool has a consumer of its own: libs/proto/src/stream.rs names it.
        consumer: {{ .Values.pool | empty | ternary .Values.keda.consumer (printf "scan-workers-%s" .Values.pool) | quote }}
        lagThreshold: {{ .Values.keda.lagThreshold | quote }}
        activationLagThreshold: {{ .Values.keda.activationLagThreshold | quote }}
        useHttps: {{ .Values.keda.useHttps | quote }}
{{- end -}}

{{- define "wt.service-monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
spec:
  selector:
    matchLabels: {{- include "wt.selector" . | nindent 6 }}
  endpoints:
    - {port: admin, path: /metrics, interval: 30s}
{{- end -}}

{{- define "wt.ingress" -}}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ include "wt.fullname" . }}
  labels: {{- include "wt.labels" . | nindent 4 }}
  {{- with .Values.ingress.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- with .Values.ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
  tls:
    - hosts: [{{ required "ingress.host is required" .Values.ingress.host | quote }}]
      secretName: {{ required "ingress.tlsSecret is required: session cookies are Secure" .Values.ingress.tlsSecret }}
  rules:
    - host: {{ .Values.ingress.host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service: {name: {{ include "wt.fullname" . }}, port: {name: {{ .Values.service.portName }}}}
{{- end -}}

{{- define "wt.service-chart" -}}
{{ include "wt.service-account" . }}
---
{{ include "wt.config" . }}
---
{{ include "wt.deployment" . }}
---
{{ include "wt.service" . }}
{{- if and .Values.pdb.enabled (or (include "wt.scaled-elsewhere" .) (gt (int .Values.replicas) 1)) }}
---
{{ include "wt.pdb" . }}
{{- end }}
{{- if and .Values.autoscaling .Values.autoscaling.enabled }}
---
{{ include "wt.hpa" . }}
{{- end }}
{{- if and .Values.keda .Values.keda.enabled }}
---
{{ include "wt.scaled-object" . }}
{{- end }}
{{- if .Values.networkPolicy.enabled }}
---
{{ include "wt.network-policy" . }}
{{- end }}
{{- if .Values.serviceMonitor.enabled }}
---
{{ include "wt.service-monitor" . }}
{{- end }}
{{- if and .Values.ingress .Values.ingress.enabled }}
---
{{ include "wt.ingress" . }}
{{- end }}
{{- if .Values.helmTest.enabled }}
---
{{ include "wt.helm-test" . }}
{{- end }}
{{- end -}}
