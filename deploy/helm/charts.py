#!/usr/bin/env python3
"""Writes the eight service charts from one table, so that they cannot drift apart.

    deploy/helm/charts.py          rewrite Chart.yaml, values.yaml, values.schema.json, README.md, templates/
    deploy/helm/charts.py --check  exit 1 when a committed file differs

What a service may reach, hold and be told is the table SERVICES; everything else is common to all.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
VERSION = "0.1.0"
ALL = ["gateway", "tenant", "asset-registry", "scan-orchestrator", "scan-worker", "results", "notify", "ai-report"]

# peers: services it calls, from which follows who is let in. secret: environment taken from
# existingSecret. files: key files by the variable that names them. trust: public key sets it checks.
SERVICES = {
    "gateway": dict(
        about="Edge: REST, sessions, SSE and the web application", port=8080, port_name="http",
        peers=["tenant", "asset-registry", "scan-orchestrator", "results", "notify", "ai-report"],
        secret=["NATS_URL", "REDIS_URL"], files={"WT_INTERNAL_KEY_FILE": "internal.pem"}, trust=["internal"],
        needs=["nats", "redis", "objects"], objects=True, public=True, replicas=2, grace=60, pre_stop=10,
        cpu="100m", memory="128Mi", limit="512Mi"),
    "tenant": dict(
        about="Organizations, members, sessions and access tokens", peers=[],
        secret=["DATABASE_URL", "NATS_URL"],
        files={"WT_INTERNAL_KEY_FILE": "internal.pem", "WT_ACCESS_KEY_FILE": "access.pem", "WT_MASTER_KEY_FILE": "master.key"}, trust=["internal"],
        # Plans are sold only where the provider's keys are given, and prices shown where they are
        # said (`49 EUR/month,490 EUR/year`): docs/operate/billing.md.
        optional_secret=["WT_STRIPE_SECRET_KEY", "WT_STRIPE_WEBHOOK_SECRET"],
        config={"WT_DEFAULT_PLAN": "enterprise", "WT_TEAM_PRICE": "", "WT_BUSINESS_PRICE": "", "WT_ENTERPRISE_PRICE": ""}, public=True, needs=["nats", "postgres"],
        # Identity providers, the DNS proof of the domains that sign in at them, the payment provider.
        targets=[("UDP", 53), ("TCP", 53), ("TCP", 443)],
        replicas=2, cpu="100m", memory="128Mi", limit="512Mi"),
    "asset-registry": dict(
        about="What an organization may scan, and the proof that it may", peers=["tenant"], secret=["DATABASE_URL", "NATS_URL"],
        files={"WT_INTERNAL_KEY_FILE": "internal.pem"}, trust=["internal"], needs=["nats", "postgres"],
        # Proofs of ownership are read from the outside: DNS and plain or encrypted HTTP, nothing else.
        targets=[("UDP", 53), ("TCP", 53), ("TCP", 80), ("TCP", 443)],
        replicas=2, cpu="50m", memory="96Mi", limit="256Mi"),
    "scan-orchestrator": dict(
        about="Plans runs, signs jobs and holds the fence", peers=["tenant", "asset-registry", "results"], secret=["DATABASE_URL", "NATS_URL"],
        files={"WT_INTERNAL_KEY_FILE": "internal.pem", "WT_JOB_KEY_FILE": "job.pem"}, trust=["internal"],
        needs=["nats", "postgres"], templates=True, replicas=2, cpu="100m", memory="128Mi", limit="512Mi"),
    "scan-worker": dict(
        about="Runs signed jobs; holds no database credentials", port=0, peers=[],
        secret=["NATS_URL", "REDIS_URL"], files={}, trust=["job"],
        # A public object store is reached as any target is; one inside has to be added to dependencies.
        needs=["nats", "redis"], objects=True, targets=[], templates=True,
        # A job's unit is at most 300 s; 30 s more to report it (deploy.md: unit length + 30).
        replicas=2, grace=330, pre_stop=1, keda=True, pdb="25%", cpu="500m", memory="256Mi", limit="1Gi"),
    "results": dict(
        about="Exposures, their history and the ledger that proves it", peers=["tenant"], secret=["DATABASE_URL", "NATS_URL"],
        files={"WT_INTERNAL_KEY_FILE": "internal.pem", "WT_LEDGER_KEY_FILE": "ledger.pem"},
        trust=["internal", "job"], needs=["nats", "postgres", "objects"], objects=True,
        replicas=2, cpu="250m", memory="256Mi", limit="1Gi"),
    "notify": dict(
        about="Tells people what changed, once", peers=["tenant", "results"],
        secret=["DATABASE_URL", "NATS_URL"], optional_secret=["WT_SMTP_URL"],
        files={"WT_INTERNAL_KEY_FILE": "internal.pem", "WT_MASTER_KEY_FILE": "master.key"}, trust=["internal"],
        needs=["nats", "postgres", "smtp"],
        # Webhooks and chats, by name.
        targets=[("UDP", 53), ("TCP", 53), ("TCP", 443)],
        config={"WT_SMTP_FROM": "Watchtower <watchtower@localhost>"}, public=True,
        replicas=2, cpu="50m", memory="96Mi", limit="256Mi"),
    "ai-report": dict(
        about="Grounded summaries of what a run found", peers=["results", "scan-orchestrator"], secret=["DATABASE_URL", "NATS_URL"], files={"WT_INTERNAL_KEY_FILE": "internal.pem"},
        trust=["internal"], needs=["nats", "postgres", "objects"], objects=True, public=True,
        replicas=1, cpu="50m", memory="96Mi", limit="512Mi"),
}

def in_any_namespace(name):
    return [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}]

# Inside networks, as in wt-lib's wt.except-v4: a store or relay there has to be named on purpose.
INSIDE = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"]
OUTSIDE = [{"ipBlock": {"cidr": "0.0.0.0/0", "except": INSIDE}}]

# Where dependencies usually live. Managed ones outside the cluster are named by ipBlock instead.
DEPENDENCIES = {
    "nats": {"port": 4222, "to": in_any_namespace("nats")},
    "postgres": {"port": 5432, "to": in_any_namespace("postgresql")},
    "redis": {"port": 6379, "to": in_any_namespace("redis")},
    "objects": {"port": 443, "to": OUTSIDE},
    "smtp": {"port": 587, "to": OUTSIDE},
    "otel": {"port": 4317, "to": in_any_namespace("opentelemetry-collector")},
}

def namespace(name):
    return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}]

def callers_of(name):
    return [other for other, s in SERVICES.items() if name in s["peers"]]

def values(name, s):
    port = s.get("port", 50051)
    v = {
        "image": {"registry": "ghcr.io/watchtower", "repository": name, "digest": ""},
        "imagePullSecrets": [],
        "replicas": s["replicas"],
        "existingSecret": f"watchtower-{name}",
        "secretEnv": s["secret"],
        "optionalSecretEnv": s.get("optional_secret", []),
        "keys": {"existingSecret": f"watchtower-{name}-keys", "files": s["files"]},
        "trust": {t: f"watchtower-{t}-trust" for t in s["trust"]},
        "peers": {p: "" for p in s["peers"]},
        "otlpEndpoint": "",
        "log": "info",
        "config": s.get("config", {}),
        "service": {"port": port, "portName": s.get("port_name", "grpc")},
        "resources": {"requests": {"cpu": s["cpu"], "memory": s["memory"]}, "limits": {"memory": s["limit"]}},
        "tmpSizeLimit": "1Gi" if name == "scan-worker" else "64Mi",
        "terminationGracePeriodSeconds": s.get("grace", 30),
        "preStopSeconds": s.get("pre_stop", 5),
        "priorityClassName": "",
        "nodeSelector": {},
        "tolerations": [],
        "podLabels": {},
        "pdb": {"enabled": True, "maxUnavailable": s.get("pdb", 1)},
        "networkPolicy": {
            "enabled": True,
            "ingressFromServices": callers_of(name),
            "ingressFrom": namespace("ingress-nginx") if name == "gateway" else [],
            "metricsFrom": namespace("monitoring"),
            "dependencies": {n: DEPENDENCIES[n] for n in s["needs"] + ["otel"]},
            "clusterCidrs": [],
            "targets": {
                "enabled": "targets" in s,
                "ports": [{"protocol": p, "port": n} for p, n in s.get("targets", [])],
                "allowPrivate": [],
            },
        },
        "serviceMonitor": {"enabled": False},
        "helmTest": {"enabled": False, "image": {"repository": "docker.io/library/busybox", "digest": ""}},
    }
    if s.get("objects"):
        v["artifactsUrl"] = ""
    if s.get("public"):
        v["publicUrl"] = ""
    if s.get("templates"):
        v["templates"] = {"existingClaim": "", "trust": ""}
    if s.get("keda"):
        v["hostUsers"] = True
        v["tools"] = {"paths": "", "egress": "open"}
        v["pool"] = ""
        v["keda"] = {
            "enabled": True, "pollingInterval": 5, "cooldownPeriod": 300, "initialCooldownPeriod": 120,
            "minReplicas": 0, "maxReplicas": 40,
            "natsServerMonitoringEndpoint": "nats-headless.nats.svc.cluster.local:8222",
            "account": "$G", "stream": "SCAN_JOBS", "consumer": "scan-workers-shared",
            "lagThreshold": "4", "activationLagThreshold": "0", "useHttps": "false",
        }
    else:
        v["autoscaling"] = {"enabled": False, "minReplicas": 2, "maxReplicas": 6, "cpuPercent": 70}
    if name == "gateway":
        v["ingress"] = {"enabled": False, "className": "", "host": "", "tlsSecret": "", "annotations": {}}
    return v

COMMENTS = {
    "image": "By digest only. `global.imageRegistry` and `global.imageDigests.<service>` take precedence where set.",
    "existingSecret": "A Secret you made (or an ExternalSecret did) with the keys named in secretEnv. Never generated.",
    "optionalSecretEnv": "Read from the same Secret when the key is there.",
    "keys": "Private keys of this service, as files of an existing Secret.",
    "trust": "ConfigMaps with the public keys it checks signatures against, `<service>.pub.pem` each.",
    "peers": "Services it calls; an empty address means the same release's.",
    "artifactsUrl": "`s3://bucket/prefix`; empty takes global.artifactsUrl. One of them is required.",
    "publicUrl": "Where people open the web application; empty takes global.publicUrl.",
    "templates": "Detection templates of yours that deep scans run beside the built-in ones (docs/guides/templates.md): a claim with the signed folder,\n"
    "# and a ConfigMap with the public key as trust.pem. scan-orchestrator and scan-worker need the same.",
    "otlpEndpoint": "OTLP endpoint for traces; empty takes global.otlpEndpoint, and none means no export.",
    "log": "Filter of WT_LOG.",
    "config": "More environment, not secret, as name: value.",
    "tmpSizeLimit": "The only writable place; the root is read-only.",
    "preStopSeconds": "Sleep before SIGTERM, while the endpoints are withdrawn.",
    "pdb": "Rendered only when more than one pod may run.",
    "networkPolicy": "Default-deny both ways. `to` of a dependency takes the peers of a NetworkPolicy rule;\n"
    "# a managed database outside the cluster is an ipBlock. clusterCidrs: the pod and service networks.",
    "keda": "Scaling on the JetStream consumer. lagThreshold is what one pod works on at once, because lag counts\n"
    "# deliveries in flight. The endpoint is the headless service: any other gives a follower's stale numbers.",
    "pool": "`pol_…`: only the jobs of this private pool (docs/guides/private-pools.md); empty for the shared pool. One release a pool, with a\n"
    "# broker user of its own in existingSecret. It names the scaler's consumer too.",
    "tools": "Tools of others beside the engine, as nmap=/usr/bin/nmap,…, which takes an image that holds them (docker/Dockerfile, target worker-tools).\n"
    "# egress: open runs nmap only; confined-outside says that a network policy of yours keeps the pod to what may be scanned; namespace gives each\n"
    "# call a network namespace of its own and costs the pod root with NET_ADMIN, SYS_ADMIN and SETPCAP (take hostUsers: false with it).",
    "hostUsers": "false puts the pod into its own user namespace, where the nodes support it.",
    "helmTest": "Pods of `helm test`: readiness, network policy enforcement, the scaler's query.",
}

def yaml_of(value, indent=0):
    """Just enough YAML for these values: block maps, flow for what is empty or a list of scalars."""
    pad = "  " * indent
    lines = []
    for key, item in value.items():
        if indent == 0 and key in COMMENTS:
            lines.append(f"# {COMMENTS[key]}")
        if isinstance(item, dict) and item:
            lines.append(f"{pad}{key}:")
            lines.extend(yaml_of(item, indent + 1))
        else:
            lines.append(f"{pad}{key}: {json.dumps(item)}")
    return lines

STRING = {"type": "string"}
NAME_OR_NONE = {"type": "string", "maxLength": 253, "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$"}
NAME = {"type": "string", "minLength": 1, "maxLength": 253, "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"}
DIGEST = {"type": "string", "pattern": "^(sha256:[0-9a-f]{64})?$"}
COUNT = {"type": "integer", "minimum": 0, "maximum": 1000}
SECONDS = {"type": "integer", "minimum": 0, "maximum": 3600}
SIZE = {"type": "string", "pattern": "^[0-9]+(Ki|Mi|Gi)$"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "object", "additionalProperties": STRING}
CIDRS = {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-fA-F.:]+/[0-9]{1,3}$"}}
# The scaler's typed model has strings only.
NUMBER_TEXT = {"type": "string", "pattern": "^[0-9]+$"}

def closed(**properties):
    return {"type": "object", "properties": properties, "additionalProperties": False}

def schema(name, v):
    image = closed(registry=NAME | {"pattern": "^[a-z0-9][-a-z0-9.:/]*$"}, repository=STRING | {"minLength": 1}, digest=DIGEST)
    env = {"type": "array", "items": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$"}, "uniqueItems": True}
    rules = {"type": "array", "items": {"type": "object"}}
    properties = {
        "global": {"type": "object"},
        # Helm hands a chart its library's (empty) values.
        "wt-lib": {"type": "object"},
        "enabled": FLAG,
        "image": image,
        "imagePullSecrets": rules,
        "replicas": COUNT,
        "existingSecret": NAME,
        "secretEnv": env,
        "optionalSecretEnv": env,
        "keys": closed(existingSecret=NAME, files={"type": "object", "additionalProperties": STRING | {"pattern": "^[a-z]+\\.(pem|key)$"}}),
        "trust": {"type": "object", "additionalProperties": NAME},
        "peers": closed(**{p: {"type": "string", "pattern": "^(https?://[^\\s]+)?$"} for p in v["peers"]}),
        "otlpEndpoint": {"type": "string", "pattern": "^(https?://[^\\s]+)?$"},
        "log": STRING | {"minLength": 1},
        # Secrets belong into existingSecret: a value here ends up readable in a ConfigMap.
        "config": TEXTS | {"propertyNames": {"pattern": "^[A-Z][A-Z0-9_]*$", "not": {"enum": ["DATABASE_URL", "NATS_URL", "REDIS_URL", "WT_SMTP_URL", "WT_STRIPE_SECRET_KEY", "WT_STRIPE_WEBHOOK_SECRET", "AWS_SECRET_ACCESS_KEY"]}}},
        # 0: nobody calls it. Below 1024 the unprivileged user can't bind.
        "service": closed(port={"anyOf": [{"const": 0}, {"type": "integer", "minimum": 1024, "maximum": 65535}]}, portName={"enum": ["grpc", "http"]}),
        "resources": closed(
            requests={"type": "object", "required": ["cpu", "memory"]},
            limits={"type": "object", "required": ["memory"]},
        ) | {"required": ["requests", "limits"]},
        "tmpSizeLimit": SIZE,
        "terminationGracePeriodSeconds": SECONDS,
        "preStopSeconds": SECONDS,
        "priorityClassName": STRING,
        "nodeSelector": TEXTS,
        "tolerations": rules,
        "podLabels": TEXTS,
        "pdb": closed(enabled=FLAG, maxUnavailable={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]{1,2}%$"}]}),
        "networkPolicy": closed(
            enabled=FLAG, ingressFromServices={"type": "array", "items": {"enum": ALL}}, ingressFrom=rules, metricsFrom=rules,
            dependencies={"type": "object", "additionalProperties": closed(
                port={"type": "integer", "minimum": 1, "maximum": 65535},
                # An empty list would mean "anywhere".
                to=rules | {"minItems": 1},
            ) | {"required": ["port", "to"]}},
            clusterCidrs=CIDRS,
            targets=closed(enabled=FLAG, ports=rules, allowPrivate=CIDRS),
        ),
        "serviceMonitor": closed(enabled=FLAG),
        "helmTest": closed(enabled=FLAG, image=closed(repository=STRING, digest=DIGEST)),
    }
    if "artifactsUrl" in v:
        properties["artifactsUrl"] = {"type": "string", "pattern": "^((s3|file)://[^\\s]+)?$"}
    if "publicUrl" in v:
        properties["publicUrl"] = {"type": "string", "pattern": "^(https?://[^\\s]+)?$"}
    if "templates" in v:
        properties["templates"] = closed(existingClaim=NAME_OR_NONE, trust=NAME_OR_NONE)
    if "keda" in v:
        properties["hostUsers"] = FLAG
        properties["tools"] = closed(
            paths={"type": "string", "pattern": "^([a-z]+=/[^,\\s]+(,[a-z]+=/[^,\\s]+)*)?$"},
            egress={"enum": ["open", "confined-outside", "namespace"]},
        )
        properties["pool"] = {"type": "string", "pattern": "^(pol_[0-7][0-9A-HJKMNP-TV-Z]{25})?$"}
        properties["keda"] = closed(
            enabled=FLAG, pollingInterval=SECONDS, cooldownPeriod=SECONDS, initialCooldownPeriod=SECONDS,
            minReplicas=COUNT, maxReplicas=COUNT | {"minimum": 1},
            natsServerMonitoringEndpoint={"type": "string", "pattern": "^[a-z0-9.-]+:[0-9]+$"},
            account=STRING | {"minLength": 1}, stream=STRING | {"minLength": 1}, consumer=STRING | {"minLength": 1},
            lagThreshold=NUMBER_TEXT, activationLagThreshold=NUMBER_TEXT, useHttps={"enum": ["true", "false"]},
        )
    else:
        properties["autoscaling"] = closed(enabled=FLAG, minReplicas=COUNT, maxReplicas=COUNT, cpuPercent={"type": "integer", "minimum": 1, "maximum": 100})
    if "ingress" in v:
        properties["ingress"] = closed(enabled=FLAG, className=STRING, host=STRING, tlsSecret=STRING, annotations=TEXTS)
    return {
        "$schema": "https://json-schema.org/draft-07/schema#".replace("https", "http"),
        "title": f"Values of the {name} chart",
    } | closed(**properties) | {"required": ["image", "existingSecret", "keys", "resources"]}

def readme(name, s, v):
    rows = [f"| `{k}` | `{json.dumps(v[k])}` |" for k in ("replicas", "existingSecret", "terminationGracePeriodSeconds", "preStopSeconds", "tmpSizeLimit")]
    secret = ", ".join(f"`{n}`" for n in s["secret"])
    optional = "".join(f"; optionally `{n}`" for n in s.get("optional_secret", []))
    files = ", ".join(f"`{f}`" for f in s["files"].values())
    peers = ", ".join(s["peers"]) or "nobody"
    callers = ", ".join(callers_of(name)) or ("the ingress" if name == "gateway" else "nobody")
    lines = [
        f"# {name}", "", s["about"] + ".", "",
        (f"Listens on {v['service']['port']} ({v['service']['portName']}) and" if v["service"]["port"] else "Listens on") + f" 9090 (`/livez`, `/readyz`, `/metrics`). Called by: {callers}. Calls: {peers}.", "",
        "## Before you install", "",
        f"- Secret `{v['existingSecret']}` with {secret}{optional}.",
        *([f"- Secret `{v['keys']['existingSecret']}` with {files} (Ed25519, PKCS#8 PEM)."] if s["files"] else []),
        *(["- An object store: `artifactsUrl` (or `global.artifactsUrl`); its credentials come with the pod's environment."] if s.get("objects") else []),
        *[f"- ConfigMap `{n}` with the public keys (`<service>.pub.pem`) it trusts." for n in v["trust"].values()],
        f"- The image's digest: `--set image.digest=sha256:…` (or `global.imageDigests.{name}`).", "",
        "```sh", f"helm dependency build deploy/helm/{name}",
        f"helm upgrade --install watchtower deploy/helm/{name} --set image.digest=sha256:…", "```", "",
        "## Values", "", "`values.yaml` says why each is there; `values.schema.json` refuses what is misspelt. The ones most often changed:", "",
        "| value | default |", "| --- | --- |", *rows, "",
    ]
    if "keda" in v:
        lines += [
            "## Scaling", "",
            "KEDA (2.20.2 or newer) reads the lag of the one shared consumer. With `keda.enabled` the Deployment has no `replicas`,",
            "so that an upgrade never resets what the scaler decided. Create the stream first: the orchestrator does when it starts.",
            "`keda.account` must be the JetStream account's name (`$G` without accounts); a wrong name reads as an empty queue.", "",
            "A private pool is a release of its own: `--set pool=pol_…`. Its workers serve that pool and no other, and the scaler reads the lag",
            "of `scan-workers-<pool>`. That consumer is there once a first worker ran: until then the scaler falls back to two pods.", "",
            "## Tools of others", "",
            "`tools.paths` turns them on (services/scan-worker/README.md); the image has to hold them: `docker build --target worker-tools` is a base",
            "with nft, ip and util-linux. With `tools.egress=namespace` the kernel lets each call of a tool reach what it was given and nothing else.",
            "What that costs: the worker runs as root of its pod with `NET_ADMIN`, `SYS_ADMIN` and `SETPCAP` (the tools have none of them), the",
            "namespace it is installed in can no longer enforce the *restricted* or *baseline* Pod Security Standard, and `net.ipv4.ip_forward` has to be",
            "on in the pod (for IPv6 also `net.ipv6.conf.all.forwarding`). `hostUsers: false` makes these capabilities of the pod's own user namespace, worth",
            "nothing on the node. A worker where something is missing says what when it starts, and runs no tool.", "",
        ]
    return "\n".join(lines)

NOTES = """{{ .Chart.Name }} {{ .Chart.AppVersion }} is being rolled out. Next:
  kubectl --namespace {{ .Release.Namespace }} rollout status deployment/{{ include "wt.fullname" . }}
  kubectl --namespace {{ .Release.Namespace }} logs deployment/{{ include "wt.fullname" . }}
  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }}
"""

def chart_yaml(name, s):
    return "\n".join([
        "apiVersion: v2", f"name: {name}", f"description: {json.dumps(s['about'])}", "type: application", f"version: {VERSION}",
        f'appVersion: "{VERSION}"', 'kubeVersion: ">=1.30.0-0"', "dependencies:", "  - name: wt-lib", f"    version: {VERSION}",
        "    repository: file://../wt-lib", ""])

def files():
    for name, s in SERVICES.items():
        v = values(name, s)
        head = f"# {s['about']}. Written by deploy/helm/charts.py: change the table there.\n"
        yield f"{name}/Chart.yaml", chart_yaml(name, s)
        yield f"{name}/values.yaml", head + "\n".join(yaml_of(v)) + "\n"
        yield f"{name}/values.schema.json", json.dumps(schema(name, v), indent=2) + "\n"
        yield f"{name}/README.md", readme(name, s, v)
        yield f"{name}/.helmignore", "README.md\n"
        yield f"{name}/templates/all.yaml", '{{ include "wt.service-chart" . }}\n'
        yield f"{name}/templates/NOTES.txt", NOTES

def main():
    check = "--check" in sys.argv[1:]
    stale = []
    for path, text in files():
        target = HERE / path
        if target.exists() and target.read_text() == text:
            continue
        stale.append(path)
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    for path in stale:
        print(("differs: " if check else "wrote ") + path)
    return 1 if check and stale else 0

if __name__ == "__main__":
    sys.exit(main())
