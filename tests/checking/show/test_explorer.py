"""Both models as Model Explorer takes them."""

from parity.checking.show.explorer import collection
from tests.checking.show.page import reports


def test_each_edge_leads_from_a_node_and_ids_are_unique() -> None:
    found = collection(reports.faulty())
    assert "differ" in found["label"]
    for graph in found["graphs"]:
        names = [node["id"] for node in graph["nodes"]]
        assert len(names) == len(set(names))
        sources = [x["sourceNodeId"] for node in graph["nodes"] for x in node["incomingEdges"]]
        assert set(sources) <= set(names)
    keras, torch = (len(graph["nodes"]) for graph in found["graphs"])
    assert (keras, torch) == (reports.ROWS + 2, reports.ROWS + 1), "one layer has no answer"


def test_a_node_tells_its_kind_its_figures_and_what_answers_it() -> None:
    graph = collection(reports.faulty())["graphs"][0]
    node = graph["nodes"][reports.FAULT + 1]
    told = {pair["key"]: pair["value"] for pair in node["attrs"]}
    assert node["label"] == reports.name(reports.FAULT)
    assert told["kind"] == "Conv2D"
    assert told["verdict"] == "differ"
    assert told["answered by"] == f"net.{reports.FAULT}"
    assert told["float64 max_abs"] == "0.3"
    assert node["outputsMetadata"][0]["attrs"] == [{"key": "shape", "value": "2x8x8x4"}]


def test_a_value_that_skips_layers_is_an_edge_of_its_own() -> None:
    graph = collection(reports.faulty())["graphs"][1]
    node = next(node for node in graph["nodes"] if node["label"] == "net.20")
    assert {x["sourceNodeId"] for x in node["incomingEdges"]} == {"19 net.19", "13 net.13"}
