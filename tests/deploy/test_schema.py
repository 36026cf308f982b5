"""The values schemas take what is right and refuse what is misspelt, unsafe or forgotten."""
import json

import jsonschema
import pytest
import yaml

from conftest import DIGEST, NEED_OBJECTS, PROFILES, ROOT, SERVICES, set_json

REFUSED = [
    ("tenant", ["--set", "image.digest=latest"], "digest"),
    ("tenant", ["--set", "image.tag=latest"], "tag"),
    ("tenant", ["--set", "replica=3"], "replica"),
    ("tenant", set_json("replicas", "3"), "replicas"),
    ("tenant", ["--set", "existingSecret="], "existingSecret"),
    ("tenant", ["--set", "config.DATABASE_URL=postgres://a"], "DATABASE_URL"),
    ("tenant", ["--set-string", "resources.limits.cpu=1", "--set-json", "resources.requests=null"], "resources"),
    ("tenant", set_json("networkPolicy.dependencies.postgres.to", []), "postgres"),
    ("tenant", ["--set", "peers.results=http://x"], "peers"),
    ("tenant", ["--set", "keda.enabled=true"], "keda"),
    ("scan-worker", set_json("keda.lagThreshold", 4), "lagThreshold"),
    ("scan-worker", set_json("keda.useHttps", False), "useHttps"),
    ("scan-worker", ["--set", "keda.natsServerMonitoringEndpoint=http://nats:8222"], "natsServerMonitoringEndpoint"),
    ("scan-worker", ["--set", "networkPolicy.targets.except=0"], "except"),
    ("scan-worker", ["--set", "networkPolicy.clusterCidrs={10.42.0.0}"], "clusterCidrs"),
    ("gateway", ["--set", "service.port=80"], "port"),
    ("notify", ["--set", "config.WT_SMTP_URL=smtp://u:p@h"], "WT_SMTP_URL"),
]


@pytest.mark.parametrize("chart,arguments,word", REFUSED, ids=[f"{c}:{w}" for c, _, w in REFUSED])
def a_wrong_value_is_refused_by_name(charts, chart, arguments, word):
    code, _, err = charts.run(chart, "--set", f"image.digest={DIGEST}", *arguments)
    assert code != 0
    assert "schema" in err and word in err, err


@pytest.mark.parametrize("chart", SERVICES)
def an_image_without_a_digest_is_refused(charts, chart):
    code, _, err = charts.run(chart, *(["--set", "artifactsUrl=s3://bucket"] if chart in NEED_OBJECTS else []))
    assert code != 0
    assert "image.digest" in err and "by digest" in err


def a_release_without_the_digest_of_the_migrations_is_refused(charts):
    code, _, err = charts.run("watchtower", *[f"--set={s}.enabled=false" for s in SERVICES])
    assert code != 0 and "migration.image.digest" in err


def an_ingress_without_tls_is_refused(charts):
    code, _, err = charts.run("gateway", "--set", f"image.digest={DIGEST},artifactsUrl=s3://b", "--set", "ingress.enabled=true,ingress.host=a.example")
    assert code != 0 and "ingress.tlsSecret" in err


@pytest.mark.parametrize("chart", sorted(NEED_OBJECTS))
def a_service_without_its_object_store_is_refused(charts, chart):
    code, _, err = charts.run(chart, "--set", f"image.digest={DIGEST}")
    assert code != 0 and "artifactsUrl" in err


def a_misspelt_service_is_refused_by_the_umbrella(charts):
    code, _, err = charts.run("watchtower", "--values", str(charts.folder / "watchtower/ci/minimal-values.yaml"), "--set", "worker.enabled=true")
    assert code != 0 and "worker" in err


@pytest.mark.parametrize("chart", [*SERVICES, "watchtower"])
def every_schema_is_a_schema_and_takes_the_defaults(chart):
    folder = ROOT / "deploy/helm" / chart
    schema = json.loads((folder / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(yaml.safe_load((folder / "values.yaml").read_text()))


@pytest.mark.parametrize("profile", PROFILES)
def every_profile_is_accepted(charts, profile):
    assert charts.profile(profile)
