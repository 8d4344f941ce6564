{{- define "digitgan.selector" -}}
app.kubernetes.io/name: digitgan
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "digitgan.labels" -}}
{{ include "digitgan.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
