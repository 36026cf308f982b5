"""The Dockerfile, the compose file and the key script, as far as they can be tried without an engine."""
import pathlib
import subprocess
import sysconfig

import pytest
import yaml

from conftest import ROOT, SERVICES

COMPOSE = ROOT / "deploy/compose"
FLEET_ENV = {
    "WT_ADMIN_ADDR", "WT_LISTEN_ADDR", "NATS_URL", "WT_INTERNAL_KEY_FILE", "WT_INTERNAL_TRUST_DIR", "WT_TENANT_URL", "WT_ASSET_REGISTRY_URL",
    "WT_SCAN_ORCHESTRATOR_URL", "WT_RESULTS_URL", "WT_NOTIFY_URL", "WT_AI_REPORT_URL",
}


def compose():
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text())


def the_dockerfile_passes_its_linter():
    hadolint = pathlib.Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([hadolint, ROOT / "docker/Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def the_image_runs_as_a_numbered_user_with_one_program():
    last = (ROOT / "docker/Dockerfile").read_text().split("\nFROM ")[-1]
    assert "USER 65532:65532" in last and "RUN " not in last
    assert 'ENTRYPOINT ["/usr/local/bin/watchtower-program"]' in last


def every_service_is_built_by_the_one_dockerfile_and_composed():
    services = compose()["services"]
    cases = (ROOT / "docker/Dockerfile").read_text()
    assert "|".join(["gateway", "tenant", "asset-registry", "scan-orchestrator", "scan-worker", "results", "notify", "ai-report"]) in cases
    for name in SERVICES:
        build = services[name]["build"]
        assert build["args"] == {"SERVICE": name} and build["dockerfile"] == "docker/Dockerfile"
        assert (COMPOSE / build["context"]).resolve() == ROOT
        assert FLEET_ENV <= set(services[name]["environment"])


def every_service_of_the_fleet_is_confined():
    for name in [*SERVICES, "migrate"]:
        service = compose()["services"][name]
        assert service["read_only"] is True and service["user"] == "65532:65532" and service["cap_drop"] == ["ALL"], name


def only_the_gateway_has_a_port_and_only_on_loopback():
    ports = {n: s["ports"] for n, s in compose()["services"].items() if "ports" in s}
    assert set(ports) == {"gateway"} and ports["gateway"][0].startswith("127.0.0.1:")


def every_service_mounts_its_own_private_keys_only():
    for name in SERVICES:
        mounts = [v for v in compose()["services"][name]["volumes"] if isinstance(v, dict)]
        assert {m["volume"]["subpath"] for m in mounts} == {name, "trust"}
        assert all(m["read_only"] for m in mounts)


def every_service_waits_for_keys_and_migrations():
    for name in SERVICES:
        waits = compose()["services"][name]["depends_on"]
        assert waits["migrate"]["condition"] == waits["keys"]["condition"] == "service_completed_successfully"


def the_bus_writes_before_it_acknowledges():
    nats = compose()["services"]["nats"]
    major, minor = nats["image"].removeprefix("nats:").split("-")[0].split(".")[:2]
    assert (int(major), int(minor)) >= (2, 14)
    assert "sync_interval: always" in (COMPOSE / "nats.conf").read_text()


def every_database_password_comes_from_the_environment():
    text = (COMPOSE / "compose.yaml").read_text()
    for line in text.splitlines():
        if "postgres://" in line:
            assert "PASSWORD:?" in line, line


def the_key_script_makes_keys_once(tmp_path):
    script = ["sh", str(ROOT / "docker/keys.sh"), str(tmp_path / "keys")]
    subprocess.run(script, check=True, capture_output=True)
    first = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.pem")}
    subprocess.run(script, check=True, capture_output=True)
    second = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.pem")}
    assert first == second
    # Eight internal pairs, and those of jobs, ledger and access tokens.
    assert len(first) == 22
    for path, content in first.items():
        private = "trust" not in path.parts
        assert (b"PRIVATE KEY" in content) == private
        assert (tmp_path / path).stat().st_mode & 0o077 == (0 if private else 0o044)


@pytest.mark.parametrize("name", ["scan-orchestrator/job", "results/ledger", "tenant/access", "notify/internal"])
def a_public_key_verifies_what_its_private_half_signed(tmp_path, name):
    subprocess.run(["sh", str(ROOT / "docker/keys.sh"), str(tmp_path)], check=True, capture_output=True)
    service, kind = name.split("/")
    (tmp_path / "message").write_bytes(b"one message")
    subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", tmp_path / f"{name}.pem", "-in", tmp_path / "message", "-out", tmp_path / "signature"], check=True)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", tmp_path / f"trust/{kind}/{service}.pub.pem", "-in", tmp_path / "message", "-sigfile", tmp_path / "signature"], check=True, capture_output=True)


def the_password_file_is_written_once_and_readable_by_its_owner_only(tmp_path):
    script = tmp_path / "init.sh"
    script.write_text((COMPOSE / "init.sh").read_text())
    subprocess.run(["sh", script], check=True)
    first = (tmp_path / ".env").read_text()
    subprocess.run(["sh", script], check=True)
    assert (tmp_path / ".env").read_text() == first
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    needed = {word.split(":?")[0].removeprefix("${") for word in (COMPOSE / "compose.yaml").read_text().replace("}", " ").split() if "PASSWORD:?" in word for word in [word[word.index("${"):]]}
    assert needed <= {line.split("=")[0] for line in first.splitlines()}
