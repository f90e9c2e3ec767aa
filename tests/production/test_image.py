"""The image, as the Dockerfile and what is sent to be built make it."""

import shlex

import pytest

from tests.production.composed import OURS, ROOT, dockerfile, services

EIGHT = {
    "more than one stage": lambda stages, _: len(stages) > 1,
    "a slim base": lambda stages, _: all("-slim-" in stage[0] for stage in stages),
    "a base by digest": lambda stages, _: all("@sha256:" in stage[0] for stage in stages),
    "a user that is not root": lambda stages, _: "USER 10001:10001" in stages[-1],
    "a read-only root": lambda _, ours: all(each["read_only"] for each in ours),
    "no new privileges": lambda _, ours: all(
        each["security_opt"] == ["no-new-privileges:true"] for each in ours
    ),
    "no capabilities": lambda _, ours: all(each["cap_drop"] == ["ALL"] for each in ours),
    "a health check": lambda stages, ours: (
        any(line.startswith("HEALTHCHECK") for line in stages[-1])
        and all("healthcheck" in each for each in ours)
    ),
}


@pytest.mark.parametrize("rule", EIGHT)
def test_the_eight_rules_of_a_container(rule):
    """Our image and the containers made of it keep the eight rules."""
    assert EIGHT[rule](dockerfile(), [services()[name] for name in OURS])


def test_the_last_stage_brings_nothing_to_build_with():
    """What is copied into the last stage is the installed environment alone, and root owns it."""
    last = dockerfile()[-1]
    copied = [line for line in last if line.startswith(("COPY", "ADD"))]

    assert ["COPY --from=build /opt/ferryman /opt/ferryman"] == copied
    assert not any("apt" in line or "pip" in line for line in last)


def test_signals_reach_the_process():
    """The image starts Python itself, with no shell between that would keep a SIGTERM."""
    last = dockerfile()[-1]

    assert 'CMD ["python", "-m", "api"]' == last[-1]
    assert "STOPSIGNAL SIGTERM" in last


def test_only_what_is_copied_is_sent_to_be_built():
    """No secret or state of this folder can get into an image: all but the sources is left out."""
    first, *allowed = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    copied = {
        source
        for line in dockerfile()[0]
        if line.startswith("COPY")
        for source in shlex.split(line)[1:-1]
    }

    assert "*" == first
    assert copied == {line[1:] for line in allowed if line.startswith("!")}
