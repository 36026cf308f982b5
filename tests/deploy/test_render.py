"""Every chart renders in every profile, and what it renders is what Kubernetes would take."""
import kubernetes_validate
import pytest
import yaml

from conftest import OPERATOR_KINDS, PROFILES, ROOT, SERVICES, of_kind


@pytest.mark.parametrize("profile", PROFILES)
def each_profile_renders_one_deployment_per_service(charts, profile):
    names = {o["metadata"]["name"] for o in of_kind(charts.profile(profile), "Deployment")}
    assert names == {f"wt-{s}" for s in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def a_condition_leaves_its_service_out(charts, service):
    objects = charts.profile("minimal", "--set", f"{service}.enabled=false")
    names = {o["metadata"]["name"] for o in of_kind(objects, "Deployment")}
    assert names == {f"wt-{s}" for s in SERVICES if s != service}


def every_core_object_is_valid_in_kubernetes(charts):
    seen = 0
    for origin, o in charts.everything():
        if o["kind"] in OPERATOR_KINDS:
            continue
        kubernetes_validate.validate(o, "1.37", strict=True)
        seen += 1
    assert seen > 200


def the_validator_refuses_an_unknown_field(charts):
    deployment = yaml.safe_load(yaml.safe_dump(of_kind(charts.service("tenant"), "Deployment")[0]))
    deployment["spec"]["template"]["spec"]["containers"][0]["readinessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, "1.37", strict=True)


def no_object_name_is_used_twice(charts):
    for profile in PROFILES:
        names = [(o["kind"], o["metadata"]["name"]) for o in charts.profile(profile)]
        assert len(names) == len(set(names))


def the_rendered_example_is_current(charts):
    committed = [o for o in yaml.safe_load_all((ROOT / "deploy/k8s/watchtower.yaml").read_text()) if o]
    assert committed == charts.profile("minimal"), "run deploy/k8s/render.sh"


def the_charts_match_their_table():
    import subprocess, sys
    done = subprocess.run([sys.executable, "-B", ROOT / "deploy/helm/charts.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def the_migration_is_a_plain_job_on_install_and_a_hook_on_upgrade(charts):
    install = of_kind(charts.profile("minimal"), "Job")
    upgrade = of_kind(charts.profile("minimal", "--is-upgrade"), "Job")
    assert "annotations" not in install[0]["metadata"]
    assert upgrade[0]["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    assert upgrade[0]["metadata"]["annotations"]["helm.sh/hook-delete-policy"] == "before-hook-creation"
    # The same name would make the install's Job immutable at the next image.
    assert install[0]["metadata"]["name"] != upgrade[0]["metadata"]["name"]


def only_scaled_services_leave_the_number_of_pods_out(charts):
    ha = {o["metadata"]["name"]: o["spec"].get("replicas") for o in of_kind(charts.profile("ha"), "Deployment")}
    assert ha["wt-scan-worker"] is None and ha["wt-gateway"] is None
    assert ha["wt-tenant"] == 3
    off = {o["metadata"]["name"]: o["spec"].get("replicas") for o in of_kind(charts.profile("keda-off"), "Deployment")}
    assert off["wt-scan-worker"] == 5


def a_disruption_budget_never_blocks_a_drain(charts):
    budgets = of_kind(charts.profile("ha"), "PodDisruptionBudget")
    assert {b["metadata"]["name"] for b in budgets} == {f"wt-{s}" for s in SERVICES}
    assert all("minAvailable" not in b["spec"] for b in budgets)
    single = of_kind(charts.service("tenant", "--set", "replicas=1"), "PodDisruptionBudget")
    assert single == []


def every_alert_has_a_runbook_that_exists(charts):
    rules = of_kind(charts.profile("ha"), "PrometheusRule")[0]["spec"]["groups"]
    alerts = [r for g in rules for r in g["rules"]]
    assert len(alerts) >= 5
    for alert in alerts:
        page = alert["annotations"]["runbook_url"].rsplit("/", 1)[1]
        assert (ROOT / "docs/operate/runbooks" / page).exists(), page
