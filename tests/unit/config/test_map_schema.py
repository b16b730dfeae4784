# SPDX-License-Identifier: Apache-2.0
"""config/schema/map-1.json against real maps: it accepts every shipped one, and refuses each broken map of which
broken_maps.yaml says so. The same table is read by broken_maps_test.cc against the loader."""
import json
import pathlib

import jsonschema
import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = HERE.parents[2] / "config"
HEAD = "map: broken\nmaker: Nobody\nsource: made for this test\naddressing: pdu\nfunction: input\nscaled: primary\n"
BROKEN = yaml.safe_load((HERE / "broken_maps.yaml").read_text(encoding="utf-8"))["broken"]


@pytest.fixture(scope="module")
def schema():
    text = json.loads((CONFIG / "schema" / "map-1.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(text)
    return jsonschema.Draft202012Validator(text)


@pytest.mark.parametrize("path", sorted((CONFIG / "meters").glob("*.yaml")), ids=lambda path: path.stem)
def test_accepts_every_shipped_map(schema, path):
    schema.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken["name"])
def test_refuses_the_mistakes_it_can_see(schema, broken):
    text = broken["map"].replace("»", "")
    document = yaml.safe_load(text if text.startswith("map:") else HEAD + text)
    assert ("accepts", "refuses")[not schema.is_valid(document)] == broken["schema"]
