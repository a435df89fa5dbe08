"""What make bench makes of its figures: curves, verdicts, arithmetic. No
measuring, and no time is asserted."""
import json
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

import capacity  # noqa: E402
import report  # noqa: E402
import svg  # noqa: E402

PAGES = {"home_page": {"cpu_us": 20}, "style_sheet": {"cpu_us": 10},
         "form_16": {"cpu_us": 30, "ratio": 0.95, "rate": 50000},
         "kept_picture": {"cpu_us": 20}}
STEP = {"cpu_web_us": 0, "cpu_worker_us": 500, "cpu_redis_us": 400,
        "cpu_slapd_us": 100, "rate": 300}
JOURNEY = {"accepted_always": {"cpu_web_us": 130, "cpu_redis_us": 100},
           "worker_4": STEP, "redeem_OWASP": {**STEP, "cpu_slapd_us": 30000}}


def parts():
    return {name: {"title": name, "text": "", "figures": figures,
                   "tables": [{"head": ["a", "b"], "rows": [["x", 1.5],
                                                            [None, 12345]]}],
                   "charts": [{"name": "curve", "title": "<a> & b",
                               "across": "n", "up": "us",
                               "lines": {"one": [(1, 2), (10, 3)],
                                         "two": [(1, 0), (10, 0)]}}]}
            for name, figures in (("pages", PAGES), ("journey", JOURNEY))}


class Bench(unittest.TestCase):
    def test_a_curve_is_svg(self):
        chart = parts()["pages"]["charts"][0]
        tree = xml.fromstring(svg.chart(chart["title"], chart["across"],
                                        chart["up"], chart["lines"]))
        names = [x.tag.rpartition("}")[2] for x in tree]
        self.assertEqual(names.count("polyline"), 2)
        self.assertEqual(names.count("circle"), 4)
        self.assertIn("<a> & b", [x.text for x in tree])

    def test_the_scale_reaches_above_the_highest(self):
        for highest in (0.003, 1, 7, 99, 100, 101, 12345, 0):
            marks = svg.ticks(highest)
            self.assertGreaterEqual(marks[-1], highest)
            self.assertGreaterEqual(len(marks), 2)
            self.assertLess(len(marks), 13, highest)

    def test_the_first_morning(self):
        hour, mean, peak = capacity.arrivals()
        self.assertEqual((hour, round(mean, 2), round(peak, 2)),
                         (100000, 27.78, 83.33))
        spent, _ = capacity.costs(parts())
        # 20 + 10 + 1.3 x 30 + 0.2 x 20 + (130 - 30)
        self.assertEqual(round(spent["web"]), 173)
        self.assertEqual(spent["redis"], 100 + 400 + 400)
        self.assertEqual(spent["slapd"], 100 + 30000)
        told = capacity.run(parts(), 2)
        self.assertEqual(told["figures"]["first"],
                         "[mail] budget_per_hour = 20000 (default)")
        self.assertEqual(told["figures"]["first_measured"], "2 cores")
        with self.assertRaises(LookupError):
            capacity.run({"pages": {"title": "Pages", "failed": "x"}}, 2)

    def test_what_is_met_and_what_is_not(self):
        rows = {row[0]: row for row in report.verdicts(parts())}
        met = [x for x in rows.values() if x[3] == "met"]
        self.assertEqual([x[2] for x in met], [0.95])
        self.assertEqual(sum("not met" in x[3] for x in rows.values()), 1 + 1)
        self.assertIn("not measured", [x[3] for x in rows.values()])

    def test_a_part_that_ended_early_leaves_the_others(self):
        told = {"machine": {"processor": "P", "cores": 2, "memory_gib": 4,
                            "system": "Debian", "kernel": "6", "load": 0.1,
                            "packages": {"slapd": "2.5", "wrk": None}},
                "runs": 5, "parts": {**parts(), "growth": {
                    "title": "Growth", "charts": [], "failed": "no room"}}}
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            report.write(told, folder)
            self.assertEqual(json.loads(
                (folder / "report.json").read_text())["runs"], 5)
            page = (folder / "report.md").read_text()
            self.assertTrue((folder / "curve.svg").exists())
        self.assertIn("This part ended early: no room", page)
        self.assertIn("| x | 1.50 |", page)
        self.assertIn("|  | 12,345 |", page)
        self.assertIn("## journey", page)


if __name__ == "__main__":
    unittest.main()
