import yaml

from tests.monitoring.files import DASHBOARD, FOLDER, dashboard, panels

ACROSS = 24


def test_panels_can_be_told_apart():
    """Each panel has an id and a title, and all but rows ask the chosen source something."""
    shown = [panel for panel in panels() if panel["type"] != "row"]

    assert len({panel["id"] for panel in panels()}) == len(panels())
    assert all(panel["title"] for panel in panels())
    assert all(panel["targets"] for panel in shown)
    sources = [part["datasource"] for panel in shown for part in (panel, *panel["targets"])]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


def test_queries_of_a_panel_have_names_of_their_own():
    """Grafana tells the queries of one panel apart by their letters."""
    for panel in panels():
        letters = [target["refId"] for target in panel.get("targets", [])]

        assert len(set(letters)) == len(letters)


def test_the_source_can_be_chosen():
    """The dashboard has a variable for its Prometheus, and the provisioned one is its default."""
    (variable,) = dashboard()["templating"]["list"]
    sources = FOLDER / "grafana" / "provisioning" / "datasources" / "prometheus.yml"
    (provisioned,) = yaml.safe_load(sources.read_text())["datasources"]

    assert ("datasource", "datasource", "prometheus") == (
        variable["name"],
        variable["type"],
        variable["query"],
    )
    assert provisioned["uid"] == variable["current"]["value"]
    assert provisioned["type"] == variable["query"]


def test_panels_lie_beside_each_other():
    """No panel covers another or leaves the page."""
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        squares = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }

        assert not squares & taken, panel["title"]
        assert place["x"] + place["w"] <= ACROSS
        taken |= squares


def test_grafana_is_told_where_it_lies():
    """The provider reads the folder into which the compose file puts the dashboards."""
    provider = FOLDER / "grafana" / "provisioning" / "dashboards" / "ferryman.yml"
    (told,) = yaml.safe_load(provider.read_text())["providers"]
    compose = yaml.safe_load((FOLDER.parent / "docker-compose.yml").read_text())

    folder = DASHBOARD.parent.relative_to(FOLDER.parent)
    assert f"./{folder}:{told['options']['path']}:ro" in compose["services"]["grafana"]["volumes"]
