"""Pod Security Standard restricted, digests, secrets and networks, asserted on every rendered object."""
import ipaddress
import re

import yaml

from conftest import PROFILES, SERVICES, named, of_kind, pod_specs

INSIDE = [
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.254", "169.254.169.254",
    "127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "::ffff:10.0.0.1",
]


def every_pod_meets_the_restricted_standard(charts):
    seen = 0
    for where, spec in pod_specs(charts.everything()):
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True and pod["runAsUser"] >= 1000, where
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}, where
        assert spec["automountServiceAccountToken"] is False and spec["enableServiceLinks"] is False, where
        assert not any(spec.get(k) for k in ("hostNetwork", "hostPID", "hostIPC")), where
        for container in spec["containers"] + spec.get("initContainers", []):
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, where
            assert security["readOnlyRootFilesystem"] is True and security["runAsNonRoot"] is True, where
            assert security["capabilities"] == {"drop": ["ALL"]} and "privileged" not in security, where
            assert all("hostPort" not in p for p in container.get("ports", [])), where
        for volume in spec.get("volumes", []):
            assert set(volume) - {"name"} <= {"emptyDir", "secret", "configMap"}, where
            assert "emptyDir" not in volume or volume["emptyDir"]["sizeLimit"], where
        seen += 1
    assert seen > 80


def every_container_states_what_it_needs(charts):
    for where, spec in pod_specs(charts.everything()):
        for container in spec["containers"]:
            resources = container["resources"]
            assert resources["requests"]["cpu"] and resources["requests"]["memory"] and resources["limits"]["memory"], where


def every_service_is_probed_and_drained(charts):
    for profile in PROFILES:
        for deployment in of_kind(charts.profile(profile), "Deployment"):
            spec = deployment["spec"]["template"]["spec"]
            container = spec["containers"][0]
            assert container["startupProbe"]["httpGet"] == container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "admin"}
            assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}
            assert container["lifecycle"]["preStop"]["sleep"]["seconds"] < spec["terminationGracePeriodSeconds"]


def every_image_is_named_by_digest(charts):
    for where, spec in pod_specs(charts.everything()):
        for container in spec["containers"]:
            assert re.fullmatch(r"[^@\s]+@sha256:[0-9a-f]{64}", container["image"]), where


def no_chart_makes_a_secret(charts):
    assert [w for w, o in charts.everything() if o["kind"] == "Secret"] == []
    for template in charts.folder.rglob("templates/*"):
        text = template.read_text()
        assert "randAlpha" not in text and "genPrivateKey" not in text and "lookup " not in text, template


def no_config_map_holds_what_must_be_secret(charts):
    for where, o in charts.everything():
        if o["kind"] == "ConfigMap":
            assert not {"DATABASE_URL", "NATS_URL", "REDIS_URL", "WT_SMTP_URL"} & set(o["data"]), where
            assert "PRIVATE KEY" not in yaml.safe_dump(o), where


def only_the_worker_and_the_gateway_hold_no_database_credentials(charts):
    holders = set()
    for deployment in of_kind(charts.profile("minimal"), "Deployment"):
        env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
        if any(e["name"] == "DATABASE_URL" for e in env):
            holders.add(deployment["metadata"]["name"].removeprefix("wt-"))
    assert holders == set(SERVICES) - {"scan-worker", "gateway"}


def every_pod_is_selected_by_a_policy_that_denies_by_default(charts):
    for profile in ("minimal", "ha", "keda-off", "external-secrets"):
        objects = charts.profile(profile)
        policies = of_kind(objects, "NetworkPolicy")
        assert all(set(p["spec"]["policyTypes"]) == {"Ingress", "Egress"} for p in policies)
        for o in of_kind(objects, "Deployment") + of_kind(objects, "Job"):
            labels = o["spec"]["template"]["metadata"]["labels"]
            chosen = [p for p in policies if p["spec"]["podSelector"]["matchLabels"].items() <= labels.items()]
            assert len(chosen) == 1, o["metadata"]["name"]
    assert of_kind(charts.profile("netpol-off"), "NetworkPolicy") == []


def reaches(rules, address):
    """Whether any ipBlock of the egress rules lets this address through."""
    ip = ipaddress.ip_address(address)
    for rule in rules:
        for peer in rule["to"]:
            block = peer.get("ipBlock")
            if not block:
                continue
            net = ipaddress.ip_network(block["cidr"])
            if ip.version != net.version or ip not in net:
                continue
            excepts = [ipaddress.ip_network(e) for e in block.get("except", [])]
            # Kubernetes refuses an exception outside its block.
            assert all(e.subnet_of(net) and e != net for e in excepts)
            if not any(ip in e for e in excepts):
                return True
    return False


def no_service_reaches_inside_networks_by_address(charts):
    for policy in of_kind(charts.profile("minimal"), "NetworkPolicy"):
        for address in INSIDE:
            assert not reaches(policy["spec"]["egress"], address), (policy["metadata"]["name"], address)


def the_worker_reaches_the_outside_on_every_port(charts):
    egress = named(charts.profile("minimal"), "NetworkPolicy", "wt-scan-worker")["spec"]["egress"]
    outside = [r for r in egress if any("ipBlock" in p for p in r["to"])]
    assert len(outside) == 1 and "ports" not in outside[0]
    assert reaches(outside, "192.0.2.1") and reaches(outside, "2001:db8::1")


def the_cluster_networks_are_added_to_the_exceptions(charts):
    egress = named(charts.profile("ha"), "NetworkPolicy", "wt-scan-worker")["spec"]["egress"]
    blocks = [p["ipBlock"] for r in egress for p in r["to"] if "ipBlock" in p]
    v4, v6 = blocks
    assert {"10.42.0.0/16", "10.0.0.0/8", "169.254.0.0/16"} <= set(v4["except"]) and "fd00:42::/56" in v6["except"]


def every_dns_rule_names_the_cluster_resolver_only(charts):
    for policy in of_kind(charts.profile("minimal"), "NetworkPolicy"):
        first = policy["spec"]["egress"][0]
        assert first["to"] == [{
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}]


def each_call_between_services_is_allowed_at_both_ends(charts):
    policies = {p["metadata"]["name"].removeprefix("wt-"): p["spec"] for p in of_kind(charts.profile("minimal"), "NetworkPolicy")}

    def service_names(peers):
        return {p["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for p in peers
                if "namespaceSelector" not in p and "podSelector" in p}

    calls = {(s, peer) for s in SERVICES for r in policies[s]["egress"] for peer in service_names(r["to"])}
    heard = {(peer, s) for s in SERVICES for r in policies[s].get("ingress") or [] for peer in service_names(r["from"])}
    assert calls == heard
    assert ("gateway", "tenant") in calls
def a_worker_gets_capabilities_only_to_confine_its_tools(charts):
    """Off by default (every_pod_meets_the_restricted_standard); named, and nothing beside it, where it is asked for."""
    def worker(*arguments):
        objects = charts.service("scan-worker", *arguments)
        spec = named(objects, "Deployment", "wt-scan-worker")["spec"]["template"]["spec"]
        return named(objects, "ConfigMap", "wt-scan-worker")["data"], spec["containers"][0]["securityContext"], objects
    for egress in ("open", "confined-outside"):
        settings, security, _ = worker("--set", f"tools.egress={egress}")
        assert settings["WT_TOOLS_EGRESS"] == egress and "WT_TOOLS" not in settings
        assert security["capabilities"] == {"drop": ["ALL"]} and security["runAsNonRoot"] is True
    settings, security, objects = worker("--set", "tools.egress=namespace", "--set", "tools.paths=nmap=/usr/bin/nmap", "--set", "helmTest.enabled=true", "--set", f"helmTest.image.digest=sha256:{'a' * 64}")
    assert settings["WT_TOOLS_EGRESS"] == "namespace" and settings["WT_TOOLS"] == "nmap=/usr/bin/nmap"
    assert security["capabilities"] == {"drop": ["ALL"], "add": ["NET_ADMIN", "SETPCAP", "SYS_ADMIN"]}
    assert security["runAsUser"] == 0 and security["readOnlyRootFilesystem"] is True and "privileged" not in security
    # The API server refuses SYS_ADMIN beside false.
    assert security["allowPrivilegeEscalation"] is True
    for pod in of_kind(objects, "Pod"):
        assert pod["spec"]["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    for wrong in ("tools.egress=none", "tools.paths=nmap", "tools.paths=nmap=nmap"):
        code, _, _ = charts.run("scan-worker", "--set", f"image.digest=sha256:{'a' * 64}", "--set", "artifactsUrl=s3://bucket", "--set", wrong)
        assert code != 0, wrong
