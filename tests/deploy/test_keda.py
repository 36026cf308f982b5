"""The scaler asks for exactly the consumer the code makes, in the fields KEDA knows."""
import re

from conftest import ROOT, named, of_kind

KNOWN_SPEC = {
    "scaleTargetRef", "pollingInterval", "cooldownPeriod", "initialCooldownPeriod", "minReplicaCount", "maxReplicaCount",
    "fallback", "advanced", "triggers",
}
KNOWN_METADATA = {
    "natsServerMonitoringEndpoint", "account", "stream", "consumer", "lagThreshold", "activationLagThreshold", "useHttps",
}


def scaled_object(charts, profile="minimal"):
    return named(charts.profile(profile), "ScaledObject", "wt-scan-worker")


def the_scaler_has_exactly_the_known_fields(charts):
    o = scaled_object(charts)
    assert o["apiVersion"] == "keda.sh/v1alpha1"
    assert set(o["spec"]) == KNOWN_SPEC
    assert o["spec"]["scaleTargetRef"] == {"name": "wt-scan-worker"}
    assert o["spec"]["fallback"] == {"failureThreshold": 3, "replicas": 2, "behavior": "currentReplicasIfHigher"}
    behavior = o["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"] == {"stabilizationWindowSeconds": 300, "policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}
    assert behavior["scaleUp"] == {"stabilizationWindowSeconds": 0, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
    trigger, = o["spec"]["triggers"]
    assert trigger["type"] == "nats-jetstream" and set(trigger["metadata"]) == KNOWN_METADATA


def every_trigger_value_is_a_string(charts):
    for profile in ("minimal", "ha"):
        metadata = scaled_object(charts, profile)["spec"]["triggers"][0]["metadata"]
        assert all(isinstance(v, str) and v for v in metadata.values()), metadata


def the_endpoint_is_the_headless_service(charts):
    endpoint = scaled_object(charts)["spec"]["triggers"][0]["metadata"]["natsServerMonitoringEndpoint"]
    assert re.fullmatch(r"[a-z0-9-]+-headless\.[a-z0-9-]+\.svc\.cluster\.local:8222", endpoint)


def the_scaler_watches_the_consumer_the_code_declares(charts):
    code = (ROOT / "libs/proto/src/stream.rs").read_text()
    consumer = re.search(r"SCAN_WORKERS_SHARED: Consumer = Consumer \{(.*?)\n\};", code, re.S).group(1)
    stream = re.search(r"stream: &(\w+)", consumer).group(1)
    metadata = scaled_object(charts)["spec"]["triggers"][0]["metadata"]
    assert metadata["consumer"] == re.search(r'name: "([^"]+)"', consumer).group(1) == "scan-workers-shared"
    assert metadata["stream"] == re.search(rf'static {stream}: Stream = Stream \{{\s+name: "([^"]+)"', code).group(1) == "SCAN_JOBS"
    # Lag counts deliveries in flight: below a pod's own concurrency busy pods would look idle.
    assert metadata["lagThreshold"] == re.search(r"concurrency: (\d+)", consumer).group(1)


def no_scaler_and_a_fixed_number_of_workers_without_keda(charts):
    objects = charts.profile("keda-off")
    assert of_kind(objects, "ScaledObject") == []
    assert named(objects, "Deployment", "wt-scan-worker")["spec"]["replicas"] == 5


def the_worker_may_finish_its_unit_before_it_is_stopped(charts):
    spec = named(charts.profile("minimal"), "Deployment", "wt-scan-worker")["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] >= 330
    settings = named(charts.profile("minimal"), "ConfigMap", "wt-scan-worker")["data"]
    assert 300_000 <= int(settings["WT_DRAIN_MS"]) < spec["terminationGracePeriodSeconds"] * 1000


def a_private_pool_is_the_workers_setting_and_the_scalers_consumer(charts):
    pool = "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    objects = charts.service("scan-worker", "--set", f"pool={pool}")
    assert named(objects, "ConfigMap", "wt-scan-worker")["data"]["WT_POOL"] == pool
    scaler = named(objects, "ScaledObject", "wt-scan-worker")
    assert set(scaler["spec"]) == KNOWN_SPEC
    metadata = scaler["spec"]["triggers"][0]["metadata"]
    code = (ROOT / "libs/proto/src/stream.rs").read_text()
    consumer = re.search(r'fn pool_consumer_name.*?format!\("([^"]+)"\)', code, re.S).group(1)
    assert metadata["consumer"] == consumer.replace("{pool}", pool) and set(metadata) == KNOWN_METADATA
    # Nothing of it without one.
    shared = charts.service("scan-worker")
    assert "WT_POOL" not in named(shared, "ConfigMap", "wt-scan-worker")["data"]
    assert named(shared, "ScaledObject", "wt-scan-worker")["spec"]["triggers"][0]["metadata"]["consumer"] == "scan-workers-shared"


def what_is_no_pool_is_refused(charts):
    for wrong in ("office", "shared", "pol_short", "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV.x"):
        code, _, err = charts.run("scan-worker", "--set", f"image.digest=sha256:{'a' * 64}", "--set", "artifactsUrl=s3://bucket", "--set", f"pool={wrong}")
        assert code != 0 and "pool" in err, wrong
