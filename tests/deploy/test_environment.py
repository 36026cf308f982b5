"""What charts and the compose file tell a service is what its settings read, and nothing required is left out."""
import re

import pytest
import yaml

from conftest import DIGEST, ROOT, SERVICES, named, of_kind

# Read by the object store's client itself, not by a setting of ours.
FOREIGN = re.compile(r"^AWS_")
ARGUMENT = re.compile(r"#\[arg\((?P<arg>(?:[^\[\]]|\[[^\]]*\])*?)\)\]\s*(?:pub(?:\(crate\))? )?\w+: (?P<type>[\w:<>]+)", re.S)
SECTION = re.compile(r":\s*(?:\w+::)?(\w+Args)\b")


def sections():
    """Settings by the struct that declares them, from every platform library, the engine and every service."""
    found = {}
    for path in [*(ROOT / "libs/platform").glob("*/src/*.rs"), *(ROOT / "libs/engine/src").rglob("args.rs"), *(ROOT / "services").glob("*/src/*.rs")]:
        text = path.read_text()
        for match in re.finditer(r"struct (\w+Args) \{(.*?)\n\}", text, re.S):
            found[match.group(1)] = arguments(match.group(2))
    return found


def arguments(text):
    """(variable, whether a value must be given) of each setting in a piece of code."""
    settings = []
    for match in ARGUMENT.finditer(text):
        variable = re.search(r'env = "([A-Z_]+)"', match["arg"])
        if variable:
            optional = "default_value" in match["arg"] or match["type"].startswith(("Option", "Vec", "bool"))
            settings.append((variable.group(1), not optional))
    return settings


def settings_of(service):
    text = (ROOT / f"services/{service}/src/config.rs").read_text()
    known = sections()
    found = arguments(text)
    for name in SECTION.findall(text):
        found.extend(known.get(name, []))
    return found


def configured():
    """Services whose settings are written down where the others' are."""
    return [s for s in SERVICES if (ROOT / f"services/{s}/src/config.rs").exists()]


@pytest.mark.parametrize("service", configured())
def each_chart_gives_what_is_required_and_nothing_unknown(charts, service):
    objects = charts.profile("ha")
    told = set(named(objects, "ConfigMap", f"wt-{service}")["data"])
    container = named(objects, "Deployment", f"wt-{service}")["spec"]["template"]["spec"]["containers"][0]
    told |= {e["name"] for e in container["env"]}
    settings = settings_of(service)
    required = {name for name, must in settings if must}
    assert len(settings) >= 8, settings
    assert required <= told, f"left out: {sorted(required - told)}"
    unknown = {n for n in told - {name for name, _ in settings} if not FOREIGN.match(n)}
    assert not unknown, f"read by nobody: {sorted(unknown)}"


@pytest.mark.parametrize("service", configured())
def the_compose_file_gives_what_is_required(service):
    told = set(yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())["services"][service]["environment"])
    required = {name for name, must in settings_of(service) if must}
    assert required <= told, f"left out: {sorted(required - told)}"


@pytest.mark.parametrize("service", ["scan-orchestrator", "scan-worker"])
def the_templates_of_an_operator_are_mounted_with_the_key_that_signed_them(charts, service):
    def spec(*arguments):
        return of_kind(charts.service(service, *arguments), "Deployment")[0]["spec"]["template"]["spec"]

    plain = spec()
    assert not any(e["name"].startswith("WT_TEMPLATES") for e in plain["containers"][0]["env"])
    mounted = spec("--set", "templates.existingClaim=own-templates", "--set", "templates.trust=own-trust")
    container = mounted["containers"][0]
    env = {e["name"]: e.get("value") for e in container["env"]}
    places = {m["name"]: m for m in container["volumeMounts"]}
    assert env["WT_TEMPLATES"] == places["templates"]["mountPath"]
    assert env["WT_TEMPLATES_TRUST"] == places["templates-trust"]["mountPath"] + "/trust.pem"
    assert places["templates"]["readOnly"] and places["templates-trust"]["readOnly"]
    volumes = {v["name"]: v for v in mounted["volumes"]}
    assert volumes["templates"]["persistentVolumeClaim"] == {"claimName": "own-templates", "readOnly": True}
    assert volumes["templates-trust"]["configMap"] == {"name": "own-trust"}


def a_template_folder_without_a_key_is_refused(charts):
    arguments = ["--set", "templates.existingClaim=own-templates"]
    code, _, error = charts.run("scan-orchestrator", "--set", f"image.digest={DIGEST}", *arguments)
    assert code != 0 and "templates.trust is required" in error
