import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.monitoring.files import FOLDER, HOME, RULES, alerts, queries, rules

TESTS = HOME / "tests" / "monitoring" / "rules.test.yml"
SEVERITIES = {"page", "ticket"}
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ANCHOR = re.compile(r'<a id="([^"]+)">')
_RECORDED = re.compile(r"\b[a-z]+:[a-z_:0-9]+\b")


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Prometheus' own judge of rules."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool (Debian's package prometheus) is not installed")
    return subprocess.run(  # noqa: S603 - our own files
        [program, *arguments], cwd=HOME, capture_output=True, text=True, check=False, timeout=60
    )


def _name(alert: dict[str, Any]) -> str:
    return "-".join((alert["alert"], *alert["labels"].values()))


def test_rules_are_sound():
    """Prometheus takes the rules, and the labels and templates in them."""
    checked = promtool("check", "rules", *map(str, RULES))

    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_each_rule_speaks_and_is_silent():
    """Recorded troubles set off just their alerts; health sets off none."""
    tested = promtool("test", "rules", str(TESTS))

    assert 0 == tested.returncode, tested.stdout + tested.stderr


def test_panels_are_sound(tmp_path):
    """Prometheus can read what the dashboard asks."""
    asked = [
        {"record": f"panel:{number}", "expr": query.replace("$__rate_interval", "5m")}
        for number, query in enumerate(queries())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": asked}]}))

    checked = promtool("check", "rules", str(file))

    assert 0 == checked.returncode, checked.stdout + checked.stderr
    assert len(asked) > 30


def test_prometheus_is_told_of_the_rules():
    """The configuration of the compose file loads all rules and asks all our processes."""
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text())

    assert [f"/etc/prometheus/{path.name}" for path in RULES] == told["rule_files"]
    jobs = {job["job_name"] for job in told["scrape_configs"]}
    assert {"ferryman-api", "ferryman-worker"} <= jobs


def test_prometheus_knows_whom_to_tell():
    """An Alertmanager that somebody adds under the name of the document is told of alerts."""
    told = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (whom,) = told["alerting"]["alertmanagers"]
    (found,) = whom["dns_sd_configs"]

    assert "    image: prom/alertmanager" in (HOME / "docs/monitoring.md").read_text()
    assert (["alertmanager"], 9093) == (found["names"], found["port"])


def _tried() -> Iterator[tuple[str, bool]]:
    for case in yaml.safe_load(TESTS.read_text())["tests"]:
        for trial in case["alert_rule_test"]:
            for expected in trial["exp_alerts"]:
                labels = expected["exp_labels"]
                kind = labels["severity"], *([labels["burn"]] if "burn" in labels else [])
                yield "-".join((trial["alertname"], *kind)), True
            if not trial["exp_alerts"]:
                yield trial["alertname"], False


def test_each_rule_is_tried():
    """There is a recorded trouble for each alert, and a recorded health."""
    tried = set(_tried())

    assert set() == {_name(alert) for alert in alerts()} - {name for name, on in tried if on}
    silent = {name for name, on in tried if not on}
    assert set() == {alert["alert"] for alert in alerts()} - silent


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("alert", alerts(), ids=_name)
def test_alert_leads_to_the_runbook(alert):
    """An alert says how bad it is, what happened, and which section tells what to do."""
    path, _, anchor = alert["annotations"]["runbook"].partition("#")
    runbook = (HOME / path).read_text()

    assert alert["labels"]["severity"] in SEVERITIES
    assert alert["annotations"]["summary"]
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", alert["alert"]).lower()
    assert kebab == anchor
    anchors = {_slug(each) for each in _HEADING.findall(runbook)} | set(_ANCHOR.findall(runbook))
    assert anchor in anchors


def test_what_is_recorded_is_used_and_the_other_way_round():
    """No alert waits for a series that nobody records."""
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = [*(alert["expr"] for alert in alerts()), *queries()]

    assert recorded == {name for expression in asked for name in _RECORDED.findall(expression)}
